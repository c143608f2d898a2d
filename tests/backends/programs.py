"""Programs with loops and branches, made by hand."""

from __future__ import annotations

from keras_kgen.ir.expressions import (
    Argument,
    Expression,
    FormattedString,
    Literal,
    Name,
    Operation,
    from_value,
)
from keras_kgen.ir.graph import Input
from keras_kgen.ir.program import (
    Block,
    Body,
    Call,
    Callee,
    For,
    If,
    Nested,
    Parameter,
    Program,
    Shared,
    Statement,
    Value,
)
from keras_kgen.ir.tensors import TensorSpec


def names(text: str) -> tuple[Value, ...]:
    """Returns the values with those numbers: `v("3 4")`."""
    return tuple(Value(int(word)) for word in text.split())


def text(template: str) -> Expression:
    """Returns `f"{name}_conv"` for `{name}_conv`."""
    parts: list[Expression] = []
    for piece in template.replace("{", "}{").split("}"):
        if piece:
            name = piece.removeprefix("{")
            parts.append(Name(name) if piece[0] == "{" else Literal(name))
    if len(parts) == 1 and isinstance(parts[0], Literal):
        return parts[0]
    return FormattedString(tuple(parts))


def argument(name: str, value: object) -> Argument:
    """Returns an argument; a text with `$` in front is a name."""
    if name == "name":
        return Argument(text(str(value)), "name")
    if isinstance(value, str) and value.startswith("$"):
        return Argument(Name(value[1:]), name)
    known = isinstance(value, Literal | Operation | Name)
    return Argument(value if known else from_value(value), name)  # type: ignore[arg-type]


def call(
    callee: str, inputs: str | tuple[Nested, ...], gives: str, **arguments: object
) -> Call:
    """Returns a line; blocks begin with a small letter, shared layers with `@`."""
    kind = Callee.BLOCK if callee[0].islower() else Callee.LAYER
    kind = Callee.SHARED if callee[0] == "@" else kind
    given = tuple(argument(key, value) for key, value in arguments.items())
    taken = names(inputs) if isinstance(inputs, str) else inputs
    if callee in ("Add", "Concatenate") and isinstance(inputs, str):
        taken = (taken,)
    return Call(kind, callee.removeprefix("@"), given, taken, names(gives))


def body(gives: str, *statements: Statement) -> Body:
    return Body(statements, names(gives))


def block(name: str, parameters: str, inputs: str, lines: Body) -> Block:
    """Returns a block; parameters are `filters strides=1`."""
    made = []
    for word in parameters.split():
        key, _, default = word.partition("=")
        known = {"True": True, "False": False, "None": None}
        value = known.get(default, default)
        if isinstance(value, str):
            value = int(value) if value else None
        made.append(Parameter(key, from_value(value) if default else None))
    return Block(name, tuple(made), names(inputs), lines)


def program(
    name: str,
    shape: tuple[int | None, ...],
    lines: Body,
    *blocks: Block,
    shared: tuple[Shared, ...] = (),
) -> Program:
    inputs = (Input("", TensorSpec((None, *shape))),)
    keys = tuple(f"output_{i}" for i in range(len(lines.outputs)))
    return Program(
        name,
        "",
        inputs,
        (Value(0),),
        blocks,
        shared,
        lines,
        output_keys=keys if len(keys) > 1 else (),
    )


def table(*rows: tuple[object, ...]) -> tuple[tuple[Expression, ...], ...]:
    return tuple(tuple(map(from_value, row)) for row in rows)


def conv_norm(start: int, end: int, name: str, **arguments: object) -> list[Call]:
    middle = 100 + end
    return [
        call("Conv2D", f"{start}", f"{middle}", **arguments, name=f"{name}_conv"),
        call("BatchNormalization", f"{middle}", f"{end}", name=f"{name}_bn"),
    ]


def resnet() -> Program:
    projection = body(
        "2",
        *conv_norm(
            0, 2, "{name}_0", filters="$filters", kernel_size=1, strides="$strides"
        ),
    )
    residual = block(
        "residual_block",
        "filters strides=1 conv_shortcut=False name",
        "0",
        body(
            "9",
            If(Name("conv_shortcut"), projection, body("0"), names("3")),
            *conv_norm(
                0,
                4,
                "{name}_1",
                filters="$filters",
                kernel_size=3,
                strides="$strides",
                padding="same",
            ),
            call("Activation", "4", "5", activation="relu", name="{name}_1_relu"),
            *conv_norm(
                5, 6, "{name}_2", filters="$filters", kernel_size=3, padding="same"
            ),
            call("Add", "3 6", "7", name="{name}_add"),
            call("Activation", "7", "9", activation="relu", name="{name}_out"),
        ),
    )
    rest = For(
        (),
        None,
        body(
            "7",
            call(
                "residual_block",
                "6",
                "7",
                filters="$filters",
                name="conv{stage}_block{block}",
            ),
        ),
        names("6"),
        names("5"),
        names("8"),
        index="block",
        start=Literal(2),
        stop=Operation("+", (Name("blocks"), Literal(1))),
    )
    first = call(
        "residual_block",
        "4",
        "5",
        filters="$filters",
        strides="$strides",
        conv_shortcut=True,
        name="conv{stage}_block1",
    )
    stages = For(
        ("filters", "blocks", "strides"),
        table((8, 2, 1), (16, 3, 2)),
        body("8", first, rest),
        names("4"),
        names("3"),
        names("9"),
        index="stage",
        start=Literal(2),
    )
    return program(
        "tiny_resnet",
        (16, 16, 3),
        body(
            "12",
            call("Conv2D", "0", "1", filters=8, kernel_size=3, name="conv1_conv"),
            call("MaxPooling2D", "1", "3", name="pool1_pool"),
            stages,
            call("GlobalAveragePooling2D", "9", "10", name="avg_pool"),
            call(
                "Dense", "10", "12", units=10, activation="softmax", name="predictions"
            ),
        ),
        residual,
    )


def unet() -> Program:
    double = block(
        "double_conv",
        "filters",
        "0",
        body(
            "2",
            call(
                "Conv2D",
                "0",
                "1",
                filters="$filters",
                kernel_size=3,
                padding="same",
                activation="relu",
            ),
            call(
                "Conv2D",
                "1",
                "2",
                filters="$filters",
                kernel_size=3,
                padding="same",
                activation="relu",
            ),
        ),
    )
    down = For(
        ("filters",),
        table((8,), (16,)),
        body(
            "4",
            call("double_conv", "2", "3", filters="$filters"),
            call("MaxPooling2D", "3", "4"),
        ),
        names("2"),
        names("0"),
        names("5"),
        collected=names("3"),
        lists=names("6"),
    )
    up = For(
        ("filters",),
        table((16,), (8,)),
        body(
            "13",
            call("UpSampling2D", "9", "10"),
            call("Concatenate", "10 11", "12"),
            call("double_conv", "12", "13", filters="$filters"),
        ),
        names("9"),
        names("8"),
        names("14"),
        items=((Value(11), Value(6), True),),
    )
    return program(
        "tiny_unet",
        (16, 16, 1),
        body(
            "15",
            down,
            call("double_conv", "5", "8", filters=32),
            up,
            call("Conv2D", "14", "15", filters=1, kernel_size=1, activation="sigmoid"),
        ),
        double,
    )


def wavenet() -> Program:
    """Skips that are added up, over dilations, in several stacks."""
    gated = block(
        "gated_block",
        "dilation_rate",
        "0",
        body(
            "5 4",
            call(
                "Conv1D",
                "0",
                "1",
                filters=8,
                kernel_size=2,
                padding="causal",
                dilation_rate="$dilation_rate",
                activation="tanh",
            ),
            call(
                "Conv1D",
                "0",
                "2",
                filters=8,
                kernel_size=2,
                padding="causal",
                dilation_rate="$dilation_rate",
                activation="sigmoid",
            ),
            call("Multiply", (names("1 2"),), "3"),
            call("Conv1D", "3", "4", filters=8, kernel_size=1),
            call("Add", "0 4", "5"),
        ),
    )
    layers = For(
        ("dilation_rate",),
        table((1,), (2,), (4,)),
        body("4", call("gated_block", "2", "4 5", dilation_rate="$dilation_rate")),
        names("2"),
        names("1"),
        names("6"),
        collected=names("5"),
        lists=names("7"),
    )
    return program(
        "tiny_wavenet",
        (32, 1),
        body(
            "10",
            call("Conv1D", "0", "1", filters=8, kernel_size=2, padding="causal"),
            layers,
            call("Add", (Value(7),), "8"),
            call("Activation", "8", "9", activation="relu"),
            call("Conv1D", "9", "10", filters=4, kernel_size=1),
        ),
        gated,
    )


def cells() -> Program:
    """Two values that shift, as in NASNet."""
    cell = block(
        "cell",
        "units",
        "0 1",
        body(
            "4",
            call("Dense", "0", "2", units="$units"),
            call("Dense", "1", "3", units="$units"),
            call("Add", "2 3", "4"),
        ),
    )
    loop = For(
        ("units",),
        table((4,), (5,), (6,)),
        body("5 3", call("cell", "3 4", "5", units="$units")),
        names("3 4"),
        names("1 0"),
        names("6 7"),
    )
    return program(
        "tiny_cells",
        (6,),
        body(
            "8", call("Dense", "0", "1", units=4), loop, call("Concatenate", "6 7", "8")
        ),
        cell,
    )


def switches() -> Program:
    """Branches of all kinds: without else, without lines, several outputs, capture of names."""
    step = block(
        "step",
        "units name deep=False",
        "0",
        body(
            "9 3",
            call("Dense", "0", "1", units="$units", name="{name}_a"),
            If(
                Name("deep"),
                body("2", call("BatchNormalization", "1", "2", name="{name}_bn")),
                body("1"),
                names("3"),
            ),
            If(
                Operation("<", (Name("units"), Literal(6))),
                body("3 0"),
                body(
                    "5 6",
                    call("Dense", "3", "5", units=4, name="{name}_b"),
                    call("Dense", "0", "6", units=3, name="{name}_c"),
                ),
                names("7 8"),
            ),
            call("Concatenate", "7 8", "9", name="{name}_join"),
        ),
    )
    loop = For(
        (),
        None,
        body(
            "4",
            call("step", "2", "3 4", units=5, name="step{layers}"),
            call("Add", "3 3", "5", name="twice{layers}"),
        ),
        names("2"),
        names("1"),
        names("6"),
        index="layers",
        stop=Literal(2),
        collected=names("5"),
        lists=names("7"),
    )
    last = call("step", "6", "8 9", units=7, deep=True, name="last")
    return program(
        "tiny_switches",
        (6,),
        body(
            "9 10",
            call("Dense", "0", "1", units=4, name="first"),
            loop,
            last,
            call("Concatenate", ((Value(8), Value(0)),), "11", name="rest"),
            call("Dense", "11", "10", units=2, name="head"),
        ),
        step,
    )


def towers() -> Program:
    """Branches of several lengths side by side, so that the weights of blocks interleave."""
    conv_norm_block = block(
        "conv_norm",
        "filters kernel_size=1",
        "0",
        body(
            "3",
            call(
                "Conv2D",
                "0",
                "1",
                filters="$filters",
                kernel_size="$kernel_size",
                padding="same",
            ),
            call("BatchNormalization", "1", "2"),
            call("Activation", "2", "3", activation="relu"),
        ),
    )

    def conv(above: str, gives: str, size: int) -> Call:
        return call("conv_norm", above, gives, filters="$filters", kernel_size=size)

    loop = For(
        ("filters",),
        table((2,), (3,), (4,), (5,)),
        body(
            "9",
            conv("10", "1", 1),
            conv("10", "2", 1),
            conv("2", "3", 3),
            conv("10", "4", 1),
            conv("4", "5", 3),
            conv("5", "6", 5),
            call("Concatenate", "1 3 6", "9"),
        ),
        names("10"),
        names("0"),
        names("11"),
    )
    return program(
        "tiny_towers",
        (8, 8, 3),
        body(
            "13",
            loop,
            call("GlobalAveragePooling2D", "11", "12"),
            call("Dense", "12", "13", units=3),
        ),
        conv_norm_block,
    )


def text_cnn() -> Program:
    """Convolutions of several sizes side by side, which a loop makes."""
    loop = For(
        ("kernel_size",),
        table((2,), (3,), (4,)),
        body(
            "",
            call("Conv1D", "0", "1", filters=8, kernel_size="$kernel_size"),
            call("GlobalMaxPooling1D", "1", "2"),
        ),
        (),
        (),
        (),
        collected=names("2"),
        lists=names("3"),
    )
    return program(
        "tiny_text_cnn",
        (12, 4),
        body(
            "5",
            loop,
            call("Concatenate", (Value(3),), "4"),
            call("Dense", "4", "5", units=3),
        ),
    )


_MADE = (resnet, unet, wavenet, cells, switches, towers, text_cnn)
ALL = {made().name: made for made in _MADE}
