"""`python -m keras_kgen` is the command `kgen`."""

from keras_kgen.cli import main

if __name__ == "__main__":
    main()
