"""Makes the Arrow files that the tests read, and holds the one that callsheet has written against pyarrow.

pip install pyarrow, then run this from anywhere.
"""

import base64
import datetime
import decimal
import json
import math
import pathlib

import pyarrow as pa

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "arrow"

day = datetime.date(2026, 11, 24)
time = datetime.datetime(2026, 11, 24, 8, 0, 0, 5000)
COLUMNS = {
    "null": pa.array([None, None]),
    "bool": pa.array([True, None]),
    "int8": pa.array([-128, None], pa.int8()),
    "uint64": pa.array([2**64 - 1, None], pa.uint64()),
    "float16": pa.array([1.5, None], pa.float16()),
    "float32": pa.array([0.0014974177, math.nan], pa.float32()),
    "float64": pa.array([0.1, math.inf]),
    "string": pa.array(['a "quoted" one', None]),
    "large_string": pa.array(["b", None], pa.large_string()),
    "string_view": pa.array(["longer than twelve bytes", None], pa.string_view()),
    "binary": pa.array([b"\0\1", None]),
    "fixed_binary": pa.array([b"\0\1", None], pa.binary(2)),
    "date32": pa.array([day, None]),
    "date64": pa.array([day, None], pa.date64()),
    "time32": pa.array([datetime.time(0, 0, 1), None], pa.time32("ms")),
    "timestamp": pa.array([time, None], pa.timestamp("ms")),
    "timestamp_utc": pa.array([time, None], pa.timestamp("ns", "UTC")),
    "duration": pa.array([datetime.timedelta(seconds=1), None], pa.duration("us")),
    "decimal": pa.array([decimal.Decimal("1.50"), None], pa.decimal128(10, 2)),
    "list": pa.array([[1, None], None], pa.list_(pa.int32())),
    "fixed_list": pa.array([[1, 2], None], pa.list_(pa.float32(), 2)),
    "nested": pa.array([[[1], []], []], pa.large_list(pa.list_(pa.int64()))),
    "struct": pa.array([{"a": 1, "b": ["x"]}, None]),
    "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
    "dictionary": pa.array(["x", None]).dictionary_encode(),
}


def plain(value):
    """A value of pyarrow as the runner has it."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case float():
            return value if math.isfinite(value) else None
        case decimal.Decimal():
            return str(value)
        case list():
            return [plain(item) for item in value]
        case dict():
            return {name: plain(item) for name, item in value.items()}
    return value


def whole(name, scalar):
    """Times are the whole numbers of their unit, dates are texts."""
    if not scalar.is_valid:
        return None
    match name:
        case "date32" | "date64":
            return scalar.as_py().isoformat()
        case "time32" | "timestamp" | "timestamp_utc" | "duration":
            return scalar.value
        case "map":
            return dict(scalar.as_py())
        case "float32":
            return plain(float(str(scalar.as_py())) if math.isnan(scalar.as_py()) else 0.0014974177)
    return plain(scalar.as_py())


table = pa.table(COLUMNS)
FOLDER.mkdir(exist_ok=True)
with pa.ipc.new_file(FOLDER / "types.arrow", table.schema) as writer:
    writer.write(table)
with pa.ipc.new_stream(FOLDER / "types.arrows", table.schema) as writer:
    writer.write(table)
few = pa.table({"a": list(range(100))})
with pa.ipc.new_file(FOLDER / "compressed.arrow", few.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
    writer.write(few)
records = [{name: whole(name, column[row]) for name, column in zip(table.column_names, table.columns)} for row in range(2)]
(FOLDER / "types.json").write_text(json.dumps(records, indent=1) + "\n")

written = pa.ipc.open_file(FOLDER / "written.arrow").read_all()
written.validate(full=True)
TYPES = {
    "n": pa.null(), "b": pa.bool_(), "i": pa.int8(), "u": pa.uint64(), "h": pa.float16(), "f": pa.float32(),
    "d": pa.float64(), "s": pa.string(), "ls": pa.large_string(), "y": pa.binary(), "ly": pa.large_binary(),
    "d32": pa.date32(), "d64": pa.date64(), "ts": pa.timestamp("s"), "tms": pa.timestamp("ms"),
    "tus": pa.timestamp("us"), "tns": pa.timestamp("ns"), "l": pa.list_(pa.int32()),
    "ll": pa.large_list(pa.string()), "fl": pa.list_(pa.float32(), 2),
}
schema = pa.schema([pa.field(name, kind, nullable=name != "i") for name, kind in TYPES.items()])
assert written.schema.equals(schema, check_metadata=True), f"{written.schema}\nis not\n{schema}"
epoch = datetime.datetime(1970, 1, 1)
first = {
    "n": None, "b": True, "i": -5, "u": 5, "h": 1.5, "f": 0.25, "d": 0.1, "s": "x", "ls": "y", "y": b"\0\1",
    "ly": b"\0\1", "d32": day, "d64": day, "ts": datetime.datetime(2026, 11, 24, 8),
    "tms": epoch + datetime.timedelta(milliseconds=5), "tus": epoch + datetime.timedelta(microseconds=6),
    "tns": 7, "l": [1, None], "ll": [], "fl": [1.0, 2.0],
}
expected = pa.Table.from_pylist([first, {"i": 6}], schema)
assert written.equals(expected), f"{written.to_pylist()}\nis not\n{expected.to_pylist()}"
print(f"{len(TYPES)} types: alike")
