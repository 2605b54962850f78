"""Runs one of the Duktape release's build tools, which are written for Python 2, under Python 3.

    python3 python2.py TOOL [ARGUMENT ...]

Nothing on disk is changed: each source is translated as it is loaded, and child processes that are such tools too come
back through this file. Four things differ between the two languages, and each is met where it arises:

  syntax    print statements and `except X, e` are rewritten as text, so that the source parses
  meaning   on the parsed tree, `a / b` of two integers divides as integers, keys(), items() and values() are lists,
            and encode() and decode() know Python 2's codecs
  names     xrange, unicode, long, cmp, ... are given to each module
  text      a Python 2 string is a row of bytes: here it is text in which each character stands for one byte (latin-1);
            files and pipes are opened so, and only decode("utf-8") makes anything else

The tools then run unchanged; the engine they write was compared with one made by a translation with lib2to3.
"""
import ast
import base64
import builtins
import functools
import importlib.machinery
import os
import re
import struct
import subprocess
import sys
import types

SYNTAX = [
    (re.compile(r"^(\s*)print +(?!\()(.+)$", re.M), r"\1print(\2)"),
    (re.compile(r"\bexcept (\w+), (\w+):"), r"except \1 as \2:"),
    (re.compile(r"\.has_key\("), ".__contains__("),
    (re.compile(r"\.sort\(cmp=(\w+)\)"), r".sort(key=cmp_to_key(\1))"),
    (re.compile(r"\bstruct\.pack\("), "pack_text("),
    (re.compile(r"\byaml\.load\("), "yaml.safe_load("),
    # Text and bytes are one type here, so this check cannot tell them apart.
    (re.compile(r"assert\(isinstance\(\w+, unicode\)\)"), "pass"),
]


class Unicode:
    """Python 2's other text type. No value is of it: text read from files stands for bytes."""


def divide(left, right):
    return left // right if isinstance(left, int) and isinstance(right, int) else left / right


def encode(text, codec):
    if codec == "hex":
        return text.encode("latin-1").hex()
    if codec == "base64":
        return base64.encodebytes(text.encode("latin-1")).decode()
    return text.encode(codec).decode("latin-1")


def decode(text, codec):
    raw = {"hex": bytes.fromhex, "base64": base64.b64decode}
    return raw[codec](text).decode("latin-1") if codec in raw else text.encode("latin-1").decode(codec)


def compare(left, right):
    return (left > right) - (left < right)


def open_text(path, mode="r"):
    return builtins.open(path, mode.replace("b", ""), encoding="latin-1", newline="")


NAMES = {
    "open": open_text, "unicode": Unicode, "unichr": chr, "long": int, "xrange": range, "cmp": compare,
    "cmp_to_key": functools.cmp_to_key, "apply": lambda function, arguments: function(*arguments),
    "map": lambda *arguments: list(map(*arguments)), "filter": lambda *arguments: list(filter(*arguments)),
    "pack_text": lambda *arguments: struct.pack(*arguments).decode("latin-1"),
    "python2_divide": divide, "python2_encode": encode, "python2_decode": decode,
}


class Meaning(ast.NodeTransformer):
    def visit_BinOp(self, node):
        self.generic_visit(node)
        return call("python2_divide", node.left, node.right) if isinstance(node.op, ast.Div) else node

    def visit_Call(self, node):
        self.generic_visit(node)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else None
        if method in ("keys", "items", "values") and not node.args:
            return call("list", node)
        if method in ("encode", "decode") and len(node.args) == 1:
            return call("python2_" + method, node.func.value, node.args[0])
        return node


def call(name, *arguments):
    return ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=list(arguments), keywords=[])


class Loader(importlib.machinery.SourceFileLoader):
    def source_to_code(self, data, path, *, _optimize=-1):
        text = data.decode("utf-8")
        for pattern, replacement in SYNTAX:
            text = pattern.sub(replacement, text)
        tree = ast.fix_missing_locations(Meaning().visit(ast.parse(text, path)))
        return compile(tree, path, "exec", dont_inherit=True)

    def exec_module(self, module):
        module.__dict__.update(NAMES)
        exec(self.source_to_code(self.get_data(self.path), self.path), module.__dict__)


class Popen(subprocess.Popen):
    def __init__(self, command, **options):
        if len(command) > 1 and command[1].endswith(".py"):
            command = [sys.executable, os.path.abspath(__file__), *command[1:]]
        super().__init__(command, encoding="latin-1", **options)


def main(tool, *arguments):
    folder = os.path.dirname(os.path.abspath(tool))

    def finder(path):
        if os.path.abspath(path) != folder:
            raise ImportError
        return importlib.machinery.FileFinder(path, (Loader, [".py"]))

    sys.path_hooks.insert(0, finder)
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    sys.argv = [tool, *arguments]
    subprocess.Popen = Popen
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    Loader("__main__", tool).exec_module(module)


if __name__ == "__main__":
    main(*sys.argv[1:])
