/** What the build uses of the package google-closure-compiler, which brings no types. */
declare module "google-closure-compiler" {
  /** The compiler as a Java archive: a path. */
  export const JAR_PATH: string;
  /** What runs it: a path, or the command "java". */
  export const javaPath: string;
}
declare module "google-closure-compiler/lib/utils.js" {
  /** The compiler built for this machine: a path; undefined where there is none. */
  export function getNativeImagePath(): string | undefined;
}
