// Prints the keywords in raw sound from standard input: 16-bit little-endian samples of one channel
// at any rate.
//
// c++ spot.cpp -lsparrow -o spot && ./spot 16000 < sound.raw

#include <sparrow.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <vector>

namespace {

void check(sparrow_status status) {
  if (status != SPARROW_OK) throw std::runtime_error(sparrow_status_text(status));
}

using Model = std::unique_ptr<sparrow_model, decltype(&sparrow_model_destroy)>;
using Spotter = std::unique_ptr<sparrow_spotter, decltype(&sparrow_spotter_destroy)>;

}  // namespace

int main(int argc, char **argv) try {
  auto rate = argc > 1 ? static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10)) : 0;

  sparrow_model *model_handle = nullptr;
  check(sparrow_model_create_builtin("keywords", &model_handle));
  Model model(model_handle, sparrow_model_destroy);
  sparrow_spotter *handle = nullptr;
  check(sparrow_spotter_create(model.get(), rate, &handle));
  Spotter spotter(handle, sparrow_spotter_destroy);

  std::vector<std::int16_t> integers(1024);
  std::vector<float> samples(integers.size());
  std::vector<sparrow_detection> detections(16);
  while (auto count = std::fread(integers.data(), 2, integers.size(), stdin)) {
    for (std::size_t i = 0; i < count; i++) samples[i] = integers[i] / 32768.0f;
    std::size_t found = 0;
    check(sparrow_spotter_process(spotter.get(), samples.data(), count, detections.data(),
                                  detections.size(), &found));
    for (std::size_t i = 0; i < found && i < detections.size(); i++)
      std::printf("%.2f s  %s  %.2f\n", detections[i].seconds,
                  sparrow_model_word(model.get(), detections[i].word), detections[i].confidence);
  }
} catch (const std::exception &error) {
  std::fprintf(stderr, "spot: %s\n", error.what());
  return 1;
}
