"""s3fs, a file system on S3, as a user of the server: `python filesystem.py ENDPOINT`."""

import os
import tempfile

from checks import ENDPOINT, RUN, Failed, check, done, has, holds, same

import s3fs

files = s3fs.S3FileSystem(endpoint_url=ENDPOINT)
bucket = f"s3fs-{RUN}"

with check("mkdir makes a bucket"):
    files.mkdir(bucket)
    has([name.rstrip("/") for name in files.ls("")], bucket)
with check("open writes and reads a file"):
    with files.open(f"{bucket}/data/one.txt", "w") as file:
        file.write("first line\nsecond line\n")
    with files.open(f"{bucket}/data/one.txt") as file:
        same(file.readlines(), [b"first line\n", b"second line\n"])
with check("open writes a large file in parts, and reads a part of it"):
    data = os.urandom(12 * 1024 * 1024)
    with files.open(f"{bucket}/data/large", "wb", block_size=5 * 1024 * 1024) as file:
        file.write(data)
    same(files.size(f"{bucket}/data/large"), len(data))
    with files.open(f"{bucket}/data/large", "rb", block_size=1024 * 1024) as file:
        file.seek(7_000_000)
        same(file.read(100), data[7_000_000:7_000_100])
    holds(files.cat(f"{bucket}/data/large") == data, "the bytes differ")
with check("open appends to a file"):
    with files.open(f"{bucket}/data/one.txt", "ab") as file:
        file.write(b"third line\n")
    same(files.cat(f"{bucket}/data/one.txt"), b"first line\nsecond line\nthird line\n")
with check("exists and info tell a file, a folder and nothing apart"):
    same([files.exists(f"{bucket}/data/{name}") for name in ("one.txt", "none.txt")], [True, False])
    same([files.isfile(f"{bucket}/data/one.txt"), files.isdir(f"{bucket}/data")], [True, True])
    same(files.info(f"{bucket}/data/one.txt")["size"], 34)
with check("open of a missing file raises FileNotFoundError"):
    try:
        files.open(f"{bucket}/data/none.txt")
        raise Failed("open succeeds")
    except FileNotFoundError:
        pass
with check("glob, find and walk list files"):
    for name in ("a.csv", "b.csv", "deep/c.csv", "deep/d e+ü.txt"):
        files.pipe(f"{bucket}/tree/{name}", name.encode())
    files.invalidate_cache()
    tree = f"{bucket}/tree"
    same(files.glob(f"{tree}/*.csv"), [f"{tree}/a.csv", f"{tree}/b.csv"])
    same(files.glob(f"{tree}/**/*.csv"), [f"{tree}/a.csv", f"{tree}/b.csv", f"{tree}/deep/c.csv"])
    same(files.find(tree)[-1], f"{tree}/deep/d e+ü.txt")
    same(
        [(folder, folders, sorted(names)) for folder, folders, names in files.walk(tree)],
        [(tree, ["deep"], ["a.csv", "b.csv"]), (f"{tree}/deep", [], ["c.csv", "d e+ü.txt"])],
    )
with check("copy and mv"):
    files.copy(f"{tree}/a.csv", f"{tree}/copy.csv")
    files.mv(f"{tree}/b.csv", f"{tree}/moved.csv")
    same([files.cat(f"{tree}/copy.csv"), files.cat(f"{tree}/moved.csv")], [b"a.csv", b"b.csv"])
    holds(not files.exists(f"{tree}/b.csv"), "the moved file is still there")
with check("put and get transfer a folder"):
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(f"{folder}/in/sub")
        for name in ("x", "sub/y"):
            with open(f"{folder}/in/{name}", "w", encoding="ascii") as file:
                file.write(name)
        files.put(f"{folder}/in/", f"{bucket}/put", recursive=True)
        files.get(f"{bucket}/put/", f"{folder}/out", recursive=True)
        with open(f"{folder}/out/sub/y", encoding="ascii") as file:
            same(file.read(), "sub/y")
with check("metadata and url"):
    files.setxattr(f"{tree}/a.csv", color="blue")
    same(files.getxattr(f"{tree}/a.csv", "color"), "blue")
with check("rm deletes a tree, and rmdir the bucket"):
    files.rm(bucket, recursive=True)
    files.invalidate_cache()
    holds(not files.exists(bucket), "the bucket is still there")
done()
