"""Holds the golden file of the filter `arrow_schema` against pyarrow: pip install pyarrow, then run this from anywhere."""

import base64
import json
import pathlib

import pyarrow as pa

GOLDEN = pathlib.Path(__file__).parent.parent / "fixtures" / "arrow_schema.json"

TYPES = {
    "null": pa.null(), "bool": pa.bool_(),
    "int8": pa.int8(), "int16": pa.int16(), "int32": pa.int32(), "int64": pa.int64(),
    "uint8": pa.uint8(), "uint16": pa.uint16(), "uint32": pa.uint32(), "uint64": pa.uint64(),
    "float16": pa.float16(), "float32": pa.float32(), "float64": pa.float64(),
    "string": pa.string(), "large_string": pa.large_string(), "binary": pa.binary(), "large_binary": pa.large_binary(),
    "date32": pa.date32(), "date64": pa.date64(),
    "timestamp[s]": pa.timestamp("s"), "timestamp[ms]": pa.timestamp("ms"),
    "timestamp[us]": pa.timestamp("us"), "timestamp[ns]": pa.timestamp("ns"),
    "list<float32>": pa.list_(pa.float32()), "large_list<string>": pa.large_list(pa.string()),
    "fixed_size_list<float32, 29>": pa.list_(pa.float32(), 29),
    "list<fixed_size_list<list<int64>, 2>>": pa.list_(pa.list_(pa.list_(pa.int64()), 2)),
}

for case in json.loads(GOLDEN.read_text()):
    fields = case["fields"]
    fields = fields if isinstance(fields, list) else [{"name": name, "type": kind} for name, kind in fields.items()]
    expected = pa.schema([pa.field(f["name"], TYPES[f["type"]], nullable=f.get("nullable", True)) for f in fields])
    found = pa.ipc.read_schema(pa.BufferReader(base64.b64decode(case["base64"])))
    assert found.equals(expected, check_metadata=True), f"{found}\nis not\n{expected}"
    print(f"{len(fields)} fields: alike")
