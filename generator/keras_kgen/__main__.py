"""`python -m keras_kgen` and the command `kgen`."""

import gc


def run() -> None:
    """Runs the command line.

    A run is short and makes few cycles, so the garbage collector may be lazy: it takes
    a twentieth of the time of a run otherwise.
    """
    gc.set_threshold(100_000, 50, 50)
    from keras_kgen.cli import main

    main()


if __name__ == "__main__":
    run()
