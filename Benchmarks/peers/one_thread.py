"""One thread for libraries that read the environment as they load. Import this before NumPy."""

import os

# What is inherited can make OpenBLAS take the processor for an older one; it chooses well by itself.
for name in [name for name in os.environ if name.startswith("OPENBLAS_")]:
    del os.environ[name]
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"
os.environ["MKL_THREADING_LAYER"] = "SEQUENTIAL"
