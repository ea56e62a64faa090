#include "include/CSparrowChips.h"

// C23's #embed, which clang takes in every mode.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char sharp[] = {
#embed "../../Chips/sharp.json"
};
static const unsigned char epur[] = {
#embed "../../Chips/epur.json"
};
static const unsigned char brainwave[] = {
#embed "../../Chips/brainwave.json"
};
static const unsigned char titan_v[] = {
#embed "../../Chips/titan-v.json"
};
static const unsigned char jetson_orin_nano[] = {
#embed "../../Chips/jetson-orin-nano.json"
};
static const unsigned char loihi2[] = {
#embed "../../Chips/loihi2.json"
};

static const struct {
  const unsigned char *bytes;
  size_t count;
} chips[] = {
    {sharp, sizeof sharp},         {epur, sizeof epur},
    {brainwave, sizeof brainwave}, {titan_v, sizeof titan_v},
    {jetson_orin_nano, sizeof jetson_orin_nano},
    {loihi2, sizeof loihi2},
};

size_t sparrow_chip_count(void) { return sizeof chips / sizeof chips[0]; }

const unsigned char *sparrow_chip(size_t index, size_t *count) {
  *count = chips[index].count;
  return chips[index].bytes;
}
