"""Recomputes the digest of a folder by the rule of docs/spec/package.md, with nothing of this project.

    python package_digest.py FOLDER

It refuses nothing: what may stand in a package is for others to say.
"""

import hashlib
import json
import os
import sys


def entries(folder, above=""):
    for item in os.scandir(folder):
        path = above + item.name
        if item.is_symlink():
            yield {"path": path, "type": "symlink", "target": os.readlink(item.path)}
        elif item.is_dir():
            yield {"path": path, "type": "directory"}
            yield from entries(item.path, path + "/")
        else:
            with open(item.path, "rb") as file:
                content = file.read()
            yield {
                "path": path,
                "type": "file",
                "size": len(content),
                "digest": "sha256:" + hashlib.sha256(content).hexdigest(),
                "executable": bool(item.stat().st_mode & 0o100),
            }


manifest = {
    "_type": "application/vnd.countersign.package.v1+json",
    "entries": sorted(entries(sys.argv[1]), key=lambda entry: entry["path"].encode()),
}
text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
print("sha256:" + hashlib.sha256(text.encode()).hexdigest())
