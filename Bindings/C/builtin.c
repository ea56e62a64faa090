#include "include/sparrow_builtin.h"

/* Scripts/build-library.sh generates the list. */
#ifdef SPARROW_BUILTIN_IMAGES
#include "sparrow_instruction_set.h"

#include SPARROW_BUILTIN_IMAGES

const sparrow_builtin *sparrow_builtin_image(uint32_t place) {
  for (uint32_t i = 0; i < image_count; i++)
    if (sparrow_supports((sparrow_instruction_set)images[i].instruction_set) && place-- == 0)
      return images + i;
  return NULL;
}
#else
const sparrow_builtin *sparrow_builtin_image(uint32_t place) {
  (void)place;
  return NULL;
}
#endif
