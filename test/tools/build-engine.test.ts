/** The engine's tools are Python 2: each difference of the two languages, met by hal/duktape/engine/python2.py. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { inRoot } from "../../tools/build/paths";
import { runProgram } from "../../tools/build/steps";

const loader = inRoot("hal", "duktape", "engine", "python2.py");

/** Runs Python 2 text as the engine's tools are run; `helper` is a module beside it. */
async function python2(text: string, helper = ""): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "zcache-python-"));
  writeFileSync(join(folder, "tool.py"), text);
  writeFileSync(join(folder, "helper.py"), helper);
  return (await runProgram("python3", [loader, join(folder, "tool.py"), "argument"], { folder })).trimEnd().split("\n");
}

test("statements that Python 3 does not parse", async (t) => {
  t.deepEqual(await python2(`try:\n    raise Exception('text')\nexcept Exception, e:\n    print 'caught %s' % e\n`), ["caught text"]);
});

test("integers divide as integers, other numbers do not", async (t) => {
  t.deepEqual(await python2("print 7 / 2, -7 / 2, 7 / 2.0\n"), ["3 -4 3.5"]);
});

test("keys of a dictionary are a list, which may be sorted and outlives changes", async (t) => {
  t.deepEqual(await python2(`d = { 'b': 1, 'a': 2 }\nfor k in d.keys():\n    d[k + 'x'] = 0\nk = d.keys()\nk.sort()\nprint k, d.has_key('ax')\n`),
    ["['a', 'ax', 'b', 'bx'] True"]);
});

test("a sort by comparison, map and filter, long, xrange and apply", async (t) => {
  t.deepEqual(await python2(`def down(a, b):\n    return cmp(b, a)\nl = [ 1, 3, 2 ]\nl.sort(cmp=down)\nprint l, map(str, xrange(2)), filter(None, [ 0, long('5') ])[0], apply(max, [ 1, 9 ])\n`),
    ["[3, 2, 1] ['0', '1'] 5 9"]);
});

test("text is a row of bytes: codecs, packing, and files read as they were written", async (t) => {
  const text = `import struct
s = struct.pack('>d', 1.5)
print len(s), s.encode('hex'), 'c3a9'.decode('hex') == '\\xc3\\xa9', len('\\xc3\\xa9'.decode('utf-8')), 'ab'.encode('base64').strip()
with open('bytes', 'wb') as f:
    f.write('\\x00\\xff\\r\\n')
with open('bytes', 'rb') as f:
    print len(f.read()), isinstance('x', unicode)
`;
  t.deepEqual(await python2(text), ["8 3ff8000000000000 True 1 YWI=", "4 False"]);
});

test("modules beside a tool and tools it starts are Python 2 as well; arguments arrive", async (t) => {
  const text = `import sys, subprocess, os, helper
print helper.half(5), sys.argv[1]
p = subprocess.Popen([sys.executable, os.path.abspath('helper.py')], stdout=subprocess.PIPE)
print p.communicate()[0].strip()
`;
  t.deepEqual(await python2(text, "def half(n):\n    return n / 2\nif __name__ == '__main__':\n    print 'child %d' % half(9)\n"), ["2 argument", "child 4"]);
});
