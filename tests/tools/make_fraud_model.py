"""Writes the fraud model of the examples, and two transactions to ask it about.

The model is made up: seeded random weights in the shape of a small classifier
(Gemm, Relu, Gemm, Sigmoid). Only the last bias is chosen, so that the transaction
that the platform's tutorial shows gets the probability that the tutorial shows.
Nothing but the standard library is used: the ONNX file is protobuf written by hand.

    python3 tests/tools/make_fraud_model.py        # writes into workflows/data
"""

import json
import math
import pathlib
import random
import struct

SEED = 20230517
INPUTS = 29
HIDDEN = 12
TARGET = 0.0014974177
# The one transaction that the tutorial sends.
TRANSACTION = [
    1.0678324729, 0.2177810266, -1.7115145262, 0.682285721, 1.0138553067,
    -0.4335000013, 0.7395859437, -0.2882839595, -0.447262688, 0.5146124988,
    0.3791316964, 0.5190619748, -0.4904593222, 1.1656456469, -0.9776307444,
    -0.6322198963, -0.6891477694, 0.1783317857, 0.1397992467, -0.3554220649,
    0.4394217877, 1.4588397512, -0.3886829615, 0.4353492889, 1.7420053483,
    -0.4434654615, -0.1515747891, -0.2668451725, -1.4549617756,
]


def single(value):
    """The nearest 32-bit float."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


class Model:
    """The weights, and the forward pass that the ONNX graph describes."""

    def __init__(self, seed):
        source = random.Random(seed)
        self.kernel = [
            [single(source.gauss(0, 1 / math.sqrt(INPUTS))) for _ in range(HIDDEN)]
            for _ in range(INPUTS)
        ]
        self.bias = [single(source.gauss(0, 0.3)) for _ in range(HIDDEN)]
        self.kernel_1 = [single(source.gauss(0, 0.9)) for _ in range(HIDDEN)]
        self.bias_1 = 0.0
        self.bias_1 = single(math.log(TARGET / (1 - TARGET)) - self.logit(TRANSACTION))

    def logit(self, row):
        """The value before the last Sigmoid."""
        row = [single(value) for value in row]
        total = self.bias_1
        for j in range(HIDDEN):
            hidden = self.bias[j] + sum(row[i] * self.kernel[i][j] for i in range(INPUTS))
            total += max(hidden, 0.0) * self.kernel_1[j]
        return total

    def probability(self, row):
        """The answer of the model."""
        return 1 / (1 + math.exp(-self.logit(row)))


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def message(field, *parts):
    body = b"".join(parts)
    return varint(field << 3 | 2) + varint(len(body)) + body


def text(field, value):
    return message(field, value.encode())


def node(operator, inputs, output):
    return message(
        1,
        *[text(1, name) for name in inputs],
        text(2, output),
        text(3, operator.lower() + "_" + output),
        text(4, operator),
    )


def initializer(name, dims, values):
    return message(
        5,
        *[number(1, dim) for dim in dims],
        number(2, 1),
        text(8, name),
        message(9, struct.pack("<%df" % len(values), *values)),
    )


def tensor(field, name, width):
    dims = message(2, message(1, text(2, "N")), message(1, number(1, width)))
    return message(field, text(1, name), message(2, message(1, number(1, 1), dims)))


def onnx(model):
    """The ModelProto."""
    graph = message(
        7,
        node("Gemm", ["dense_input", "kernel", "bias"], "hidden"),
        node("Relu", ["hidden"], "activated"),
        node("Gemm", ["activated", "kernel_1", "bias_1"], "logit"),
        node("Sigmoid", ["logit"], "dense_1"),
        text(2, "callsheet-fraud"),
        initializer("kernel", [INPUTS, HIDDEN], [v for row in model.kernel for v in row]),
        initializer("bias", [HIDDEN], model.bias),
        initializer("kernel_1", [HIDDEN, 1], model.kernel_1),
        initializer("bias_1", [1], [model.bias_1]),
        tensor(11, "dense_input", INPUTS),
        tensor(12, "dense_1", 1),
    )
    return number(1, 7) + text(2, "callsheet") + graph + message(8, text(1, ""), number(2, 13))


def fraudulent(model):
    """The first seeded row that the model is sure about."""
    source = random.Random(SEED)
    while True:
        row = [round(source.gauss(0, 2), 10) for _ in range(INPUTS)]
        if 0.97 < model.probability(row) < 0.99:
            return row


def main():
    folder = pathlib.Path(__file__).resolve().parents[2] / "workflows" / "data"
    folder.mkdir(parents=True, exist_ok=True)
    model = Model(SEED)
    high = fraudulent(model)
    (folder / "fraud.onnx").write_bytes(onnx(model))
    for name, row in [("transaction", TRANSACTION), ("transaction_high", high)]:
        (folder / (name + ".json")).write_text(json.dumps([{"tensor": row}]) + "\n")
        print(name, model.probability(row))
    source = random.Random(SEED + 1)
    spread = sorted(
        model.probability([source.gauss(0, 1) for _ in range(INPUTS)]) for _ in range(1000)
    )
    print("of 1000 ordinary rows:", [spread[i] for i in (0, 100, 500, 900, 990, 999)])


if __name__ == "__main__":
    main()
