/* Sparrow: denoises speech, spots keywords, scores texts and runs recurrent networks, a frame at a
 * time.
 *
 * Everything runs out of a plan: the bytes that `sparrow pack` makes of a model file, or one that
 * is built into the library. No function prints, reads files, blocks or ends the process; those
 * that take samples neither allocate nor lock, so they may run on an audio thread.
 *
 * Threads: a model may be used by any number of threads at once. A denoiser, spotter, language
 * model, stream or group belongs to one thread at a time. Two objects never share anything that
 * changes.
 *
 * Samples are 32-bit floats between -1 and 1. Those that are not numbers count as silence.
 */

#ifndef SPARROW_H
#define SPARROW_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SPARROW_VERSION_MAJOR 0
#define SPARROW_VERSION_MINOR 1
#define SPARROW_VERSION_PATCH 0

/* The version of the library that runs, such as "0.1.0". */
const char *sparrow_version(void);

/* Results of functions. On any error nothing has changed, and results are not written. */
typedef enum sparrow_status {
  SPARROW_OK = 0,
  SPARROW_ERROR_NULL = 1,         /* a pointer is null */
  SPARROW_ERROR_MISALIGNED = 2,   /* an image is not at a multiple of 64 bytes, or samples of 4 */
  SPARROW_ERROR_TRUNCATED = 3,    /* bytes are missing */
  SPARROW_ERROR_NOT_A_PLAN = 4,   /* the bytes are no plan */
  SPARROW_ERROR_VERSION = 5,      /* a plan or state of another version */
  SPARROW_ERROR_INVALID = 6,      /* the plan contradicts itself */
  SPARROW_ERROR_KIND = 7,         /* the network is made for another task */
  SPARROW_ERROR_RANGE = 8,        /* a number is out of its range */
  SPARROW_ERROR_STATE = 9,        /* the bytes are no state of such an object */
  SPARROW_ERROR_OTHER_NETWORK = 10, /* a state of another network or sample rate */
  SPARROW_ERROR_UNKNOWN_NAME = 11,  /* there is no network or word of that name */
  SPARROW_ERROR_NOT_FINITE = 12,    /* a value of a frame is infinite or not a number */
  SPARROW_ERROR_UNSUPPORTED = 13,   /* processor or library lack kernels of the plan */
  SPARROW_ERROR_FULL = 14           /* a group has no room for another */
} sparrow_status;

/* A sentence about a status; never null. */
const char *sparrow_status_text(sparrow_status status);

/* ---- Models ---- */

/* A plan that has been checked; immutable. */
typedef struct sparrow_model sparrow_model;

typedef enum sparrow_kind {
  SPARROW_KIND_NETWORK = 0, /* frames of numbers: sparrow_stream */
  SPARROW_KIND_DENOISER = 1,
  SPARROW_KIND_SPOTTER = 2,
  SPARROW_KIND_LANGUAGE_MODEL = 3
} sparrow_kind;

typedef struct sparrow_model_information {
  sparrow_kind kind;
  uint32_t sample_rate;  /* of the network, in hertz; 0 without sound */
  uint32_t hop;          /* samples in a frame of the network; 0 without sound */
  uint32_t input_width;  /* values in a frame of a bare network */
  uint32_t output_width; /* values in its answer */
  uint32_t word_count;   /* words that a spotter can hear or a language model knows */
  uint64_t fingerprint;  /* differs for networks that differ; a state belongs to one */
} sparrow_model_information;

/* Checks the bytes of a plan and copies them. */
sparrow_status sparrow_model_create(const void *bytes, size_t size, sparrow_model **model);

/* The same without a copy, for flash and mapped files: the bytes begin at a multiple of 64, and
 * stay as they are until the model and all that was made of it are destroyed. */
sparrow_status sparrow_model_create_in_place(const void *bytes, size_t size,
                                             sparrow_model **model);

/* A model that is built into the library: "denoiser" (16 kHz), "denoiser-full-band" (48 kHz) or
 * "keywords". */
sparrow_status sparrow_model_create_builtin(const char *name, sparrow_model **model);

/* The name of the built-in denoiser for sound of a sample rate: that at 48 kHz above 16 kHz. */
const char *sparrow_builtin_denoiser(uint32_t sample_rate);

/* Objects that were made of a model may live on. Null is allowed, here and in all other functions
 * that destroy. */
void sparrow_model_destroy(sparrow_model *model);

sparrow_status sparrow_model_get_information(const sparrow_model *model,
                                             sparrow_model_information *information);

/* The name of a word, 0 to word_count - 1, in UTF-8; null for any other number. It lives as long as
 * the model. */
const char *sparrow_model_word(const sparrow_model *model, uint32_t word);

/* The number of a word by its name. The time grows with the number of words: keep a table of your
 * own for long texts. */
sparrow_status sparrow_model_find_word(const sparrow_model *model, const char *name,
                                       uint32_t *word);

/* ---- Denoisers ---- */

/* Cleans one channel of sound. Give every channel one of its own; they share the model. */
typedef struct sparrow_denoiser sparrow_denoiser;

/* sample_rate: of the sound that will come, from 1,000 to 768,000 hertz; 0 for the network's own.
 * Sound of another rate is resampled on the way in and out.
 * block_size: the count of every call will be a multiple of it, 1 to 65,536. 1 allows any counts;
 * blocks of whole hops make the latency up to a hop shorter. */
sparrow_status sparrow_denoiser_create(const sparrow_model *model, uint32_t sample_rate,
                                       uint32_t block_size, sparrow_denoiser **denoiser);
void sparrow_denoiser_destroy(sparrow_denoiser *denoiser);

/* Samples by which the output lags the input: sample n that comes out is sample n - latency that
 * went in, and silence before. Constant. 0 for null. */
size_t sparrow_denoiser_latency(const sparrow_denoiser *denoiser);

/* Takes `count` samples and gives as many; output may be input. */
sparrow_status sparrow_denoiser_process(sparrow_denoiser *denoiser, const float *input,
                                        float *output, size_t count);

/* The same for many denoisers, of any models and rates: `count` samples for each, with as many
 * inputs and outputs as there are denoisers. Every one gives the samples that it gives alone. All
 * are checked before one of them changes. */
sparrow_status sparrow_denoiser_process_many(sparrow_denoiser *const *denoisers,
                                             const float *const *inputs, float *const *outputs,
                                             size_t denoiser_count, size_t count);

/* The largest attenuation of any part of the sound, in dB from 0 to 200; infinity for no limit,
 * which is how it begins. */
sparrow_status sparrow_denoiser_set_attenuation_limit(sparrow_denoiser *denoiser, float decibels);

/* The share of the denoised sound in the output, 0 to 1; the rest is the input, as late as the
 * output. It begins with 1. */
sparrow_status sparrow_denoiser_set_mix(sparrow_denoiser *denoiser, float mix);

/* Begins a new signal; limit and mix stay. */
sparrow_status sparrow_denoiser_reset(sparrow_denoiser *denoiser);

/* A state is everything that a denoiser remembers of its signal, as bytes that mean the same on
 * every machine. Its size never changes, and saving it allocates nothing. */
size_t sparrow_denoiser_state_size(const sparrow_denoiser *denoiser);
sparrow_status sparrow_denoiser_save_state(const sparrow_denoiser *denoiser, void *bytes,
                                           size_t size);
sparrow_status sparrow_denoiser_restore_state(sparrow_denoiser *denoiser, const void *bytes,
                                              size_t size);

/* ---- Keyword spotters ---- */

typedef struct sparrow_spotter sparrow_spotter;

typedef struct sparrow_detection {
  double seconds;   /* from the beginning of the signal to the recognition */
  uint32_t word;    /* see sparrow_model_word */
  float confidence; /* the averaged probability, 0 to 1 */
} sparrow_detection;

/* sample_rate: as for a denoiser. */
sparrow_status sparrow_spotter_create(const sparrow_model *model, uint32_t sample_rate,
                                      sparrow_spotter **spotter);
void sparrow_spotter_destroy(sparrow_spotter *spotter);

/* Takes `count` samples. Writes the words that are recognised to `detections`, at most `capacity`,
 * and their number to `found`, which may be more than fits. `detections` may be null where
 * `capacity` is 0. */
sparrow_status sparrow_spotter_process(sparrow_spotter *spotter, const float *input, size_t count,
                                       sparrow_detection *detections, size_t capacity,
                                       size_t *found);

/* The averaged probability from which a word counts as heard, between 0 and 1; it begins with the
 * network's. */
sparrow_status sparrow_spotter_set_threshold(sparrow_spotter *spotter, float threshold);

sparrow_status sparrow_spotter_reset(sparrow_spotter *spotter);
size_t sparrow_spotter_state_size(const sparrow_spotter *spotter);
sparrow_status sparrow_spotter_save_state(const sparrow_spotter *spotter, void *bytes, size_t size);
sparrow_status sparrow_spotter_restore_state(sparrow_spotter *spotter, const void *bytes,
                                             size_t size);

/* ---- Language models ---- */

/* Reads a text word by word, and scores what may come next. Words are numbers from 0 to
 * word_count - 1; see sparrow_model_word and sparrow_model_find_word. A text begins after the end
 * of a line, which is the word "<eos>". Scores are natural logarithms of probabilities. */
typedef struct sparrow_language_model sparrow_language_model;

/* words_at_once: words of one call that go through a layer at once, 1 to 64. More need more memory,
 * and read long texts faster. It changes no bit. */
sparrow_status sparrow_language_model_create(const sparrow_model *model, uint32_t words_at_once,
                                             sparrow_language_model **language_model);
void sparrow_language_model_destroy(sparrow_language_model *language_model);

/* Reads `count` words. Unless `log_probability` is null, it gets the sum of each word's score after
 * those before it: the loss, with the other sign. e to the power of the mean loss is the
 * perplexity. */
sparrow_status sparrow_language_model_read(sparrow_language_model *language_model,
                                           const uint32_t *words, size_t count,
                                           double *log_probability);

/* The score of one word as the next. */
sparrow_status sparrow_language_model_score(const sparrow_language_model *language_model,
                                            uint32_t word, double *log_probability);

/* The scores of all words as the next; `count` is word_count. */
sparrow_status sparrow_language_model_scores(const sparrow_language_model *language_model,
                                             float *log_probabilities, size_t count);

/* The `count` most probable next words, the most probable one first. Meant for few: the time grows
 * with their number. */
sparrow_status sparrow_language_model_best(const sparrow_language_model *language_model,
                                           uint32_t *words, size_t count);

/* Begins a new text. */
sparrow_status sparrow_language_model_reset(sparrow_language_model *language_model);
size_t sparrow_language_model_state_size(const sparrow_language_model *language_model);
sparrow_status sparrow_language_model_save_state(const sparrow_language_model *language_model,
                                                 void *bytes, size_t size);
sparrow_status sparrow_language_model_restore_state(sparrow_language_model *language_model,
                                                    const void *bytes, size_t size);

/* ---- Hops ---- */

/* Denoisers and spotters for single hops, for processors with little memory: the network's sample
 * rate only, a hop of samples a call, no buffers. The samples are those that the others give. */

typedef struct sparrow_hop_denoiser sparrow_hop_denoiser;
typedef struct sparrow_hop_spotter sparrow_hop_spotter;

sparrow_status sparrow_hop_denoiser_create(const sparrow_model *model,
                                           sparrow_hop_denoiser **denoiser);
void sparrow_hop_denoiser_destroy(sparrow_hop_denoiser *denoiser);

/* Samples by which the output lags the input where every hop is given as soon as it is full, the
 * filling not counted. 0 for null. */
size_t sparrow_hop_denoiser_lag(const sparrow_hop_denoiser *denoiser);

/* Takes a hop of samples and gives one: as many as the model's information says; output may be
 * input. */
sparrow_status sparrow_hop_denoiser_process(sparrow_hop_denoiser *denoiser, const float *input,
                                            float *output);
sparrow_status sparrow_hop_denoiser_reset(sparrow_hop_denoiser *denoiser);

sparrow_status sparrow_hop_spotter_create(const sparrow_model *model,
                                          sparrow_hop_spotter **spotter);
void sparrow_hop_spotter_destroy(sparrow_hop_spotter *spotter);

/* A word that was heard. */
typedef struct sparrow_hop_detection {
  uint32_t found;   /* 1 where a word is recognised in this hop, else 0, and the rest is 0 */
  uint32_t word;    /* see sparrow_model_word */
  float confidence; /* the averaged probability, 0 to 1 */
} sparrow_hop_detection;

/* Takes a hop of 16-bit samples. */
sparrow_status sparrow_hop_spotter_process(sparrow_hop_spotter *spotter, const int16_t *input,
                                           sparrow_hop_detection *detection);

/* The averaged probabilities of "none" and of each word after the last hop: word_count + 1
 * values. */
sparrow_status sparrow_hop_spotter_probabilities(const sparrow_hop_spotter *spotter,
                                                 float *probabilities);
sparrow_status sparrow_hop_spotter_reset(sparrow_hop_spotter *spotter);

/* ---- Bare networks ---- */

/* Runs any network on frames of numbers, without its front end. */
typedef struct sparrow_stream sparrow_stream;

sparrow_status sparrow_stream_create(const sparrow_model *model, sparrow_stream **stream);
void sparrow_stream_destroy(sparrow_stream *stream);

/* Takes `frames` frames of input_width values and gives as many of output_width. How a sequence is
 * cut into calls makes no difference to a single bit. Values that are not finite are refused. */
sparrow_status sparrow_stream_run(sparrow_stream *stream, const float *input, float *output,
                                  size_t frames);

/* The same for many streams, of any models: `frames` frames for each, with as many inputs and
 * outputs as there are streams. Every one gives the bits that it gives alone. All are checked
 * before one of them changes. */
sparrow_status sparrow_stream_run_many(sparrow_stream *const *streams, const float *const *inputs,
                                       float *const *outputs, size_t stream_count, size_t frames);

sparrow_status sparrow_stream_reset(sparrow_stream *stream);
size_t sparrow_stream_state_size(const sparrow_stream *stream);
sparrow_status sparrow_stream_save_state(const sparrow_stream *stream, void *bytes, size_t size);
sparrow_status sparrow_stream_restore_state(sparrow_stream *stream, const void *bytes, size_t size);

/* ---- Groups ---- */

/* Many denoisers, spotters or bare networks of one model that take their steps together, for
 * servers: the weights are read once for many, which is several times as fast as one after the
 * other. Each is known by its index. They join, leave, begin anew and move to other groups and
 * machines between steps; nothing passes from one to another, and each gives the samples or values
 * that it gives alone. Give every thread a group of its own. */
typedef struct sparrow_group sparrow_group;

/* kind: that of the model; or SPARROW_KIND_NETWORK, for frames of numbers of any model.
 * capacity: the most that there may be at a time, 1 to 65,536. Memory for all is taken here. */
sparrow_status sparrow_group_create(const sparrow_model *model, sparrow_kind kind,
                                    uint32_t capacity, sparrow_group **group);
void sparrow_group_destroy(sparrow_group *group);

/* Adds one at its beginning, and gives its index, the lowest that is free: below the capacity, and
 * its own until it is removed. SPARROW_ERROR_FULL where there is no room. */
sparrow_status sparrow_group_add(sparrow_group *group, uint32_t *index);
sparrow_status sparrow_group_remove(sparrow_group *group, uint32_t index);

/* Begins a new signal. */
sparrow_status sparrow_group_reset(sparrow_group *group, uint32_t index);

/* Takes a hop of samples, or a frame, for each of `count` indices, each of which is there once, in
 * any order; the others stay as they are. Inputs lie one after the other in the order of the
 * indices, and so do outputs: hops of the model's `hop` samples at its own rate, whose output lags
 * as that of a hop denoiser does, or frames of input_width and output_width values. Output may be
 * input where both are as long. Of a spotter's group: SPARROW_ERROR_KIND. */
sparrow_status sparrow_group_step(sparrow_group *group, const uint32_t *indices, size_t count,
                                  const float *input, float *output);

/* The same for a group of spotters: `count` detections are written. */
sparrow_status sparrow_group_spot(sparrow_group *group, const uint32_t *indices, size_t count,
                                  const float *input, sparrow_hop_detection *detections);

/* How far a denoiser goes, until it is removed; see sparrow_denoiser_set_attenuation_limit and
 * sparrow_denoiser_set_mix. */
sparrow_status sparrow_group_set_denoising(sparrow_group *group, uint32_t index,
                                           float attenuation_limit, float mix);

/* A spotter's threshold, until it is removed; see sparrow_spotter_set_threshold. */
sparrow_status sparrow_group_set_threshold(sparrow_group *group, uint32_t index, float threshold);

/* The state of one, as for a denoiser. That of a bare network is a stream's. */
size_t sparrow_group_state_size(const sparrow_group *group);
sparrow_status sparrow_group_save_state(const sparrow_group *group, uint32_t index, void *bytes,
                                        size_t size);
sparrow_status sparrow_group_restore_state(sparrow_group *group, uint32_t index, const void *bytes,
                                           size_t size);

/* ---- Memory ---- */

/* Sets the functions that all memory of the library comes from, before anything else, from one
 * thread; null for the C library's again. `allocate` gets an alignment, a power of two of at least
 * 16, and returns null where there is no memory, which ends the process: objects are made at the
 * start, and their sizes never grow. */
typedef void *(*sparrow_allocate_function)(size_t alignment, size_t size);
typedef void (*sparrow_release_function)(void *memory);
void sparrow_set_allocator(sparrow_allocate_function allocate, sparrow_release_function release);

#ifdef __cplusplus
}
#endif

#endif
