// NAME(relu) is sparrow_avx2_relu in the folder avx2, and so on.

#pragma once

#define SPARROW_PASTE(isa, name) sparrow_##isa##_##name
#define SPARROW_EXPAND(isa, name) SPARROW_PASTE(isa, name)
#define NAME(name) SPARROW_EXPAND(SPARROW_ISA, name)
