#include "include/sparrow_builtin.h"

/* Scripts/build-library.sh generates the list. */
#ifdef SPARROW_BUILTIN_IMAGES
#include SPARROW_BUILTIN_IMAGES
#else
static const sparrow_builtin images[1];
static const uint32_t image_count = 0;
#endif

const sparrow_builtin *sparrow_builtin_image(uint32_t place) {
  return place < image_count ? images + place : NULL;
}
