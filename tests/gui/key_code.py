"""Which keys a class takes, read from the syntax tree of its code: what its handlers, and what these use, name."""

import ast
import functools
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HANDLERS = ("keyPressEvent", "eventFilter")


@functools.lru_cache(1)  # all of them take 100 MB
def _tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def classes_in(path):
    """The classes of a file that look at keys, by name: the names of these keys, as `Key_Left`."""
    found = {}
    for node in _tree(path).body:
        if isinstance(node, ast.ClassDef):
            methods = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
            begun = [methods[name] for name in HANDLERS if name in methods]
            found[node.name] = set().union(*(_keys_of(each, methods, path, {id(each)}) for each in begun))
    return {name: keys for name, keys in found.items() if keys}


def keys_of_class(kind):
    """The keys that a class takes, with those of the classes of ours that it is made from."""
    ours = [each for each in kind.__mro__ if each.__module__.startswith("gui.")]
    files = [(each.__name__, ROOT / f"{each.__module__.replace('.', '/')}.py") for each in ours]
    return set().union(*(classes_in(path).get(name, set()) for name, path in files))


def _keys_of(node, methods, path, seen):
    keys = set()
    for each in ast.walk(node):
        match each:
            case ast.Attribute(value=ast.Attribute(attr="Key"), attr=attr):
                keys.add(attr)
            case ast.Attribute(value=ast.Name(id="self"), attr=attr) if attr in methods:
                if id(methods[attr]) not in seen:
                    seen.add(id(methods[attr]))
                    keys |= _keys_of(methods[attr], methods, path, seen)
            case ast.Name(id=name) if name.isupper():
                keys |= _keys_of_constant(name, path)
    return keys


def _keys_of_constant(name, path):
    for node in _tree(path).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=found)]) | ast.AnnAssign(target=ast.Name(id=found)) if found == name:
                return _keys_of(node.value, {}, path, set())
            case ast.ImportFrom(module=module, names=names) if name in [each.name for each in names]:
                if module.startswith("gui."):
                    return _keys_of_constant(name, ROOT / f"{module.replace('.', '/')}.py")
    return set()
