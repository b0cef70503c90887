"""Writes the logged inferences of the built-in world: a made-up January 2023 of house prices.

The platform's tutorial runs assays on a history of 5,618 inferences that it does not ship. This one stands in for
it. The inferences come at the tutorial's times (row i at 2023-01-01T00:00Z + i * 31 days / 5,618). The first two
rows are those that the tutorial prints. Everything else is made up from a seed: 17 features of houses, a price that
follows from them, and from the second week on houses that grow and grow.

So that an assay gives the figures that the tutorial prints, the outputs of two spans are chosen: of the baseline
(1 January 05:00Z and 24 hours) and of the first window after it. Their least, median and greatest values, the edges
and the number of values in each bin are set, the values between are bent until mean and standard deviation are
near, and then pairs of values are moved by single steps of a 32-bit float until the sums are right: the sum exactly,
for the printed mean can only come from one, and the sum of squares within two units of 2^-40, which is 13 digits of
the standard deviation. All outputs stay 32-bit floats, like those of the platform.

The inputs of a row belong to its output: within a span the values go to the rows in the order of the prices that
the features would give.

    python3 tests/tools/make_house_price_history.py        # writes beside the built-in world
"""

import math
import pathlib
import random
import struct
from bisect import bisect_left

# With this one the windows before the drift stay below the threshold of the tutorial, and those in it do not.
SEED = 20230105
ROWS = 5618
START = 1_672_531_200_000
HOUR = 3_600_000
DAY = 24 * HOUR
MONTH = 31 * DAY
# Between 8 and 16, where all outputs lie, this many 32-bit floats make 1.
STEPS = 2**20

EDGES = [
    12.002464294433594, 12.525982856750488, 12.772802352905273,
    12.960931777954102, 13.246906280517578, 14.095687866210938,
]
BASELINE = {
    "start": START + 5 * HOUR, "counts": [0, 36, 36, 37, 36, 36, 0],
    "mean": 12.892810610776449, "std": 0.4259400394014014,
    # By rank: the least value, the edges, which are values themselves, and the median.
    "fixed": dict(zip([0, 35, 71, 108, 144, 180], EDGES)) | {90: 12.862584114074707},
}
MEDIAN = 12.895143508911133
WINDOW = {
    "start": START + 29 * HOUR, "counts": [0, 31, 32, 43, 36, 36, 4],
    "mean": 12.966292286967184, "std": 0.4705339357836451,
    # The median lies between two values, here 2^-10 apart.
    "fixed": {0: 12.037200927734375, 90: MEDIAN - 2**-11, 91: MEDIAN + 2**-11, 181: 14.712774276733398},
}
# What the tutorial prints of the first two rows.
FIRST_INPUTS = [
    [
        0.6752651953165153, -0.4732014898144956, -1.0785881334179752, 0.25006446993148707,
        -0.08666382440547035, 0.012211745933432551, -0.1904726364343265, -0.9179715198382244,
        -0.305653139057544, 0.905425782569012, -0.5584151415472702, -0.8905121321380776, 1.7014907488187343,
        -0.03617359856638, -0.20817781526102327, -0.4017891748132812, -0.19176790501742016,
    ],
    [
        -0.39764636440424433, -0.4732014898144956, 0.5769261528142077, 0.07215545493232875,
        -0.08666382440547035, 0.5668723158705202, 0.0035716408873876734, -0.9179715198382244,
        -0.305653139057544, 0.905425782569012, 0.29288456205300767, -0.10763168763453018,
        1.3841294506067472, -0.13822039562434324, -0.20817781526102327, 1.392623186456163,
        0.0831911918963078,
    ],
]
FIRST_OUTPUTS = [12.529610633850098, 13.355737686157228]
FIRST_ELAPSED = [243, 216]


def single(value):
    """The nearest 32-bit float."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def lossy(value):
    """A number after the platform has read it: its digits as a double, divided once by a power of ten."""
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    shift = int(exponent or 0) - len(fraction)
    digits = float(int(whole + fraction))
    return digits / 10.0**-shift if shift < 0 else digits * 10.0**shift


def before_reading(printed):
    """A double that the platform prints like this after it has read it."""
    low = high = printed
    for _ in range(20):
        for candidate in (low, high):
            if lossy(candidate) == printed:
                return candidate
        low, high = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
    raise ValueError(f"no number is read as {printed!r}")


def time_of(row):
    """The time of a row in milliseconds."""
    return START + row * MONTH // ROWS


def rows_from(start):
    """The rows of the 24 hours from a time on."""
    return [row for row in range(ROWS) if start <= time_of(row) < start + DAY]


def house(source, drift):
    """Seventeen features of a house, scaled to mean 0 and deviation 1, and the price that follows from them."""
    size = source.gauss(drift, 1)
    place = source.gauss(0, 1)
    age = source.gauss(-0.2 * size, 1)

    def near(what, loading):
        return loading * what + math.sqrt(1 - loading**2) * source.gauss(0, 1)

    def steps(value, width, offset):
        return offset + width * round((value - offset) / width)

    waterfront = 11.5389 if source.random() < 0.007 else -0.0867
    view = source.choice([0.9987, 2.303, 3.6074]) if source.random() < 0.1 else -0.3057
    renovated = 4.8036 if source.random() < 0.04 else -0.2082
    features = [
        steps(near(size, 0.58), 1.0729, -0.3976), steps(near(size, 0.75), 0.3244, -0.4732), 0.96 * size,
        max(-0.9, near(size, 0.2) * 0.5), waterfront, near(size, 0.75), max(-0.35, near(size, 0.18) * 0.4),
        steps(near(-age, 0.5), 0.9247, -0.918), view, steps(near(age, 0.35), 1.534, -0.6285),
        steps(near(size, 0.76), 0.8513, -0.5584), 0.88 * size + 0.4 * source.gauss(0, 1), near(place, 0.9),
        near(place, -0.4), renovated, age, max(-0.45, near(size, 0.18) * 0.35),
    ]
    price = 12.9 + 0.32 * 0.96 * size + 0.24 * place + 0.06 * features[10] - 0.03 * age
    price += 0.35 * (waterfront > 0) + 0.06 * (view + 0.3057) + source.gauss(0, 0.12)
    return features, min(max(price, 9.5), 15.9)


def values_of(span, source):
    """The outputs of a span in ascending order: as many in each bin as told, bent towards mean and deviation."""
    bounds = [8.0, *EDGES, span["fixed"].get(sum(span["counts"]) - 1)]
    pieces = []
    rank = 0
    for place, count in enumerate(span["counts"]):
        ranks = list(range(rank, rank + count))
        rank += count
        cuts = [index for index in ranks if index in span["fixed"]]
        low, free = bounds[place], []
        for index in [*ranks, None]:
            if index is None or index in cuts:
                high = bounds[place + 1] if index is None else span["fixed"][index]
                pieces.append((free, low, high, place))
                low, free = high, []
            else:
                free.append(index)
    pieces = [piece for piece in pieces if piece[0]]
    parts = {id(piece[0]): sorted(source.uniform(0.02, 0.98) for _ in piece[0]) for piece in pieces}

    def bent(up, apart):
        values = dict(span["fixed"])
        for free, low, high, place in pieces:
            power = math.exp(-(up + apart * (place - 3)))
            values |= {rank: low + (high - low) * part**power for rank, part in zip(free, parts[id(free)])}
        return values

    def mean(values):
        return math.fsum(values.values()) / len(values)

    def deviation(values):
        middle = mean(values)
        return math.sqrt(math.fsum((value - middle) ** 2 for value in values.values()) / len(values))

    def upwards(apart):
        return zero_of(lambda up: mean(bent(up, apart)) - span["mean"], -9, 9)

    apart = zero_of(lambda apart: deviation(bent(upwards(apart), apart)) - span["std"], -0.9, 0.9)
    values = bent(upwards(apart), apart)
    limits = {rank: (low, high) for free, low, high, _ in pieces for rank in free}
    return settled(span, [values[rank] for rank in range(len(values))], limits)


def zero_of(function, low, high):
    """Where an ascending function is 0."""
    if function(low) > 0 or function(high) < 0:
        raise ValueError("the wanted figure cannot be reached")
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return low


def settled(span, values, limits):
    """The values as 32-bit floats whose sum is right and whose sum of squares is right to two units."""
    count = len(values)
    units = [round(value * STEPS) for value in values]
    limits = {
        rank: (math.floor(low * STEPS) + 1, math.ceil(high * STEPS) - 1)
        for rank, (low, high) in limits.items()
    }

    def move(rank, by):
        low, high = limits[rank]
        if not low <= units[rank] + by <= high:
            return False
        units[rank] += by
        return True

    missing = round(span["mean"] * count * STEPS) - sum(units)
    while missing:
        for rank in limits:
            sign = (missing > 0) - (missing < 0)
            missing -= sign if sign and move(rank, sign) else 0
    middle = sum(units) / count
    wanted = round(count * (span["std"] * STEPS) ** 2 + count * middle**2)
    for _ in range(1000):
        left = wanted - sum(unit * unit for unit in units)
        pairs = ((up, down) for up in limits for down in limits if up != down)
        moves = sorted((2 * (units[up] - units[down] + 1), up, down) for up, down in pairs)
        chosen = two_moves(moves, left) or [min(moves, key=lambda move: abs(left - move[0]))]
        for _, up, down in chosen:
            if move(up, 1) and not move(down, -1):
                move(up, -1)
        if abs(wanted - sum(unit * unit for unit in units)) <= 2:
            return [unit / STEPS for unit in units]
    raise ValueError("the sum of squares cannot be reached")


def two_moves(moves, left):
    """Two moves of different values that together change the sum of squares as wanted.

    A move takes one value a step up and another one down. One alone changes the sum by twice the distance of the
    values, and no two values have just the distance that is needed; two together nearly always do.
    """
    for change, up, down in moves:
        at = bisect_left(moves, (left - change - 2,))
        for other in moves[at : at + 4]:
            if abs(left - change - other[0]) <= 2 and not {up, down} & set(other[1:]):
                return [(change, up, down), other]
    return None


def history():
    """All rows: inputs as text, and outputs."""
    source = random.Random(SEED)
    inputs, outputs = [], []
    for row in range(ROWS):
        weeks = (time_of(row) - START) / (7 * DAY)
        features, price = house(source, max(0.0, weeks - 1) * 0.6)
        inputs.append([f"{feature:z.4f}".rstrip("0").rstrip(".") for feature in features])
        outputs.append(single(price))
    for span in (BASELINE, WINDOW):
        rows = sorted(rows_from(span["start"]), key=lambda row: outputs[row])
        for row, value in zip(rows, values_of(span, source), strict=True):
            outputs[row] = value
    for row in (0, 1):
        inputs[row] = [repr(before_reading(printed)) for printed in FIRST_INPUTS[row]]
        outputs[row] = single(FIRST_OUTPUTS[row])
        assert lossy(outputs[row]) == FIRST_OUTPUTS[row]
    elapsed = FIRST_ELAPSED + [source.randrange(180, 320) for _ in range(ROWS - 2)]
    return inputs, outputs, elapsed


def check(span, outputs):
    """Computes what the tutorial prints of a span."""
    values = [lossy(outputs[row]) for row in rows_from(span["start"])]
    count = len(values)
    mean = sum(values) / count
    std = math.sqrt(sum((value - mean) ** 2 for value in values) / count)
    counts = [0] * 7
    for value in values:
        counts[sum(value > lossy(edge) for edge in EDGES) if value > EDGES[0] else 1] += 1
    assert counts == span["counts"], counts
    for name, found in (("mean", mean), ("std", std)):
        error = abs(found / span[name] - 1)
        assert error < 1e-13, (name, found, error)
        print(f"{name}: {found!r}, relative error {error:.1e}")


def main():
    """Writes the table."""
    inputs, outputs, elapsed = history()
    check(BASELINE, outputs)
    check(WINDOW, outputs)
    names = ["time", "elapsed_ns", *(f"in.tensor[{index}]" for index in range(17)), "out.dense_2[0]"]
    lines = [",".join(names)]
    for row in range(ROWS):
        lines.append(",".join([str(time_of(row)), str(elapsed[row]), *inputs[row], repr(outputs[row])]))
    folder = pathlib.Path(__file__).resolve().parents[2] / "src" / "simulator" / "world"
    (folder / "house_price_history.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
