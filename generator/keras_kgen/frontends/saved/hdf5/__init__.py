"""HDF5 as Keras writes it, read without the HDF5 library.

The library crashes and hangs on damaged files; this reader gives a message. It knows what
h5py writes by default and a little more, follows no link out of the file, and reads
numbers and text only.
"""

SIGNATURE = b"\x89HDF\r\n\x1a\n"
