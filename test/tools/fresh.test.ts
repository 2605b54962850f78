/** What test:fresh decides before it touches anything. The check itself takes root and minutes: npm run test:fresh. */
import test from "ava";
import { certificatesIn, environmentFrom, mirrorOf, refuse, stepsIn } from "../fresh/facts.mjs";

test("it takes names of releases, Linux and root, and says so in a sentence", (t) => {
  t.is(refuse(["bookworm", "trixie"], true, "linux"), undefined);
  t.regex(refuse([], true, "linux")!, /bookworm, trixie.*none was given/);
  t.regex(refuse(["sarge"], true, "linux")!, /not sarge/);
  t.regex(refuse(["trixie"], false, "linux")!, /sudo npm run test:fresh -- trixie/);
  t.regex(refuse(["trixie"], true, "darwin")!, /takes Linux/);
});

test("the mirror is the one this machine uses for Debian itself", (t) => {
  t.is(mirrorOf("http://security.example/debian-security main\nhttps://tools.example/apt main\nhttp://near.example/debian/ main\n"), "http://near.example/debian");
  t.is(mirrorOf(""), "http://deb.debian.org/debian");
});

test("a build that did something is told from one that did nothing", (t) => {
  t.deepEqual(stepsIn("zcache: set-up 1/2 npm packages ...\nzcache: 3/11 core as C (last time 0.3 s) ...\nzcache: 3/11 core as C: done in 0.3 s\nRAM ...\n"), ["npm packages", "core as C"]);
  t.deepEqual(stepsIn("> zcache-mcu@0.1.0 start\nBooting a board\nverdict ok\n"), []);
});

test("what reaches registries goes along, what belongs to this run of npm and this user does not", (t) => {
  const env = environmentFrom({ npm_config_registry: "https://r", npm_config_prefix: "/here", npm_config_user_agent: "npm", HTTPS_PROXY: "http://p", NODE_EXTRA_CA_CERTS: "/c/a.pem",
    HOME: "/home/me", SECRET: "s", PATH: "/here/bin" });
  t.like(env, { npm_config_registry: "https://r", HTTPS_PROXY: "http://p", NODE_EXTRA_CA_CERTS: "/c/a.pem", HOME: "/root" });
  t.deepEqual(["npm_config_prefix", "npm_config_user_agent", "SECRET"].filter((name) => name in env), []);
  t.false(env.PATH!.includes("/here"));
  t.deepEqual(certificatesIn(env, "registry = x\ncafile = \"/c/b.pem\"\n"), ["/c/a.pem", "/c/b.pem"]);
});
