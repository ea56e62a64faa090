// Shuffles of lanes for instruction sets of four lanes. Included before vector.h.

#pragma once

#define VF_WIDTH 4
#define VF_ZIP_LOW 0, 4, 1, 5
#define VF_ZIP_HIGH 2, 6, 3, 7
#define VF_ZIP4_LOW 0, 1, 2, 3
#define VF_ZIP4_HIGH 0, 1, 2, 3
#define VF_UNZIP_EVEN 0, 2, 4, 6
#define VF_UNZIP_ODD 1, 3, 5, 7
#define VF_REVERSE 3, 2, 1, 0
