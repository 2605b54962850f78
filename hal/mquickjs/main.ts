/** MicroQuickJS: flash from the host (options.flash), as its firmware has no module of its own. */
export { type Options, openFlash } from "../generic/main";
