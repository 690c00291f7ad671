// The limit: the same choices as sim/numerics/race.py, to the bit, as one fused loop that
// a compiler turns into vector code.
// Tables, draws and the exact rule are those of the model; nothing but the choice is computed.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define SPAN 4096
#define BLOCK 512
#define ALIGNED __attribute__((aligned(64)))

static inline uint32_t fmix(uint32_t word) {
    word = (word ^ word >> 16) * 0x85EBCA6Bu;
    word = (word ^ word >> 13) * 0xC2B2AE35u;
    return word ^ word >> 16;
}

static inline uint32_t option_word(uint32_t person, uint32_t key) {
    uint32_t word = person * key;
    return (word ^ word >> 15) * 0x846CA68Bu;
}

typedef union { float number; uint32_t bits; int32_t sign_bits; } Single;

// kept scalar: a gather instruction costs more than as many loads
__attribute__((optimize("no-tree-vectorize"), noinline))
static void look_up(int n, const uint32_t *restrict table, const uint32_t *restrict column, uint32_t *restrict out) {
    #pragma GCC unroll 8
    for (int q = 0; q < n; q++) out[q] = table[column[q]];
}

// ln u of the draw u of a word; errs by less than 2^-21 of its value
static inline float logarithm(uint32_t word) {
    Single u = {.bits = word >> 9 | 0x3F800000u};
    u.number -= 0.99999994039535522f;
    int32_t exponent = (u.sign_bits - 0x3F3504F3) >> 23;
    u.sign_bits -= exponent << 23;
    float x = u.number - 1.0f, square = x * x;
    float low = fmaf(fmaf(-0.24969908595085144f, x, 0.33335059881210327f), square,
                     fmaf(-0.5000036358833313f, x, 0.9999999403953552f));
    float high = fmaf(fmaf(-0.10106754302978516f, x, 0.16222520172595978f), square,
                      fmaf(-0.17250849306583405f, x, 0.199001744389534f));
    return fmaf(fmaf(high, square * square, low), x, (float)exponent * 0.6931471805599453f);
}

// the rule, in double precision; compiled without contraction
static int by_the_rule(int options, int64_t cells, const float *weights, const uint32_t *bars,
                       const uint32_t *option_keys, const uint32_t *lab_keys, const int64_t *lab_of,
                       uint32_t column, uint32_t taste, uint32_t aware) {
    double first = 1e300;
    int chosen = 0;
    for (int option = 0; option < options; option++) {
        int64_t lab = lab_of[option];
        double weight = weights[option * cells + column];
        if (weight == 0.0 || (lab >= 0 && option_word(aware, lab_keys[lab]) > bars[lab * cells + column])) continue;
        int exponent;
        double fraction = frexp((2.0 * (option_word(taste, option_keys[option]) >> 9) + 1.0) * 0x1p-24, &exponent);
        if (fraction < 0.7071067811865476) { fraction *= 2.0; exponent -= 1; }
        double s = (fraction - 1.0) / (fraction + 1.0), square = s * s, series = 1.0 / 21.0;
        for (int k = 9; k >= 0; k--) series = series * square + 1.0 / (2 * k + 1);
        double clock = -(exponent * 0.6931471805599453 + 2.0 * s * series) / weight;
        if (clock < first) { first = clock; chosen = option; }
    }
    return chosen;
}

static void stretch(int64_t from, int64_t to, int options, int64_t cells, const float *weights, const uint32_t *bars,
                    const uint32_t *option_keys, const uint32_t *lab_keys, const int64_t *lab_of,
                    const uint32_t *keys, int groups, const int64_t *group_of_option, const int64_t *option_of_row,
                    const uint32_t *restrict identity, const uint8_t *segment, uint8_t *choice, int64_t width,
                    int64_t *change) {
    ALIGNED uint32_t turn[SPAN], taste[BLOCK], aware[BLOCK], column[BLOCK], barrier[BLOCK];
    ALIGNED int32_t rows[SPAN + 1], chosen[BLOCK];
    ALIGNED float known[BLOCK], first[BLOCK], second[BLOCK], weight_of[BLOCK];
    for (int64_t start = from; start < to; start += SPAN) {
        int number = (int)(to - start < SPAN ? to - start : SPAN), turns = 0;
        #pragma omp simd
        for (int i = 0; i < number; i++) {
            turn[i] = fmix(identity[start + i] + keys[1]) < keys[2];
        }
        for (int i = 0; i < number; i++) {
            rows[turns] = i;
            turns += turn[i];
        }
        for (int block = 0; block < turns; block += BLOCK) {
            int n = turns - block < BLOCK ? turns - block : BLOCK;
            for (int q = 0; q < n; q++) {
                int64_t i = start + rows[block + q];
                taste[q] = identity[i];
                column[q] = (uint32_t)(segment[i] * groups + group_of_option[choice[i]]);
            }
            #pragma omp simd
            for (int q = 0; q < n; q++) {
                uint32_t word = taste[q];
                taste[q] = fmix(word + (fmix(word + keys[3]) > keys[4] ? keys[6] : keys[5]));
                aware[q] = fmix(word + keys[7]);
                first[q] = second[q] = 0.0f;
                chosen[q] = 0;
            }
            int64_t lab = -2;
            for (int option = 0; option < options; option++) {
                const float *weight = weights + option * cells;
                uint32_t key = option_keys[option];
                if (lab_of[option] != lab) {
                    lab = lab_of[option];
                    const uint32_t *bar = bars + (lab < 0 ? 0 : lab) * cells;
                    uint32_t lab_key = lab < 0 ? 0 : lab_keys[lab];
                    look_up(n, bar, column, barrier);
                    #pragma omp simd
                    for (int q = 0; q < n; q++)
                        known[q] = lab < 0 || option_word(aware[q], lab_key) <= barrier[q] ? 1.0f : 0.0f;
                }
                look_up(n, (const uint32_t *)weight, column, (uint32_t *)weight_of);
                #pragma omp simd
                for (int q = 0; q < n; q++) {
                    float rate = weight_of[q] * known[q] / -logarithm(option_word(taste[q], key));
                    float best = first[q], loser = rate > best ? best : rate;
                    second[q] = loser > second[q] ? loser : second[q];
                    chosen[q] = rate > best ? option : chosen[q];
                    first[q] = rate > best ? rate : best;
                }
            }
            for (int q = 0; q < n; q++) {
                if (second[q] >= first[q] * (1.0f - 0x1p-19f))
                    chosen[q] = by_the_rule(options, cells, weights, bars, option_keys, lab_keys, lab_of, column[q],
                                            taste[q], aware[q]);
                int64_t i = start + rows[block + q], after = option_of_row[chosen[q]];
                change[segment[i] * width + choice[i]]--;
                change[segment[i] * width + after]++;
                choice[i] = (uint8_t)after;
            }
        }
    }
}

void month(int64_t developers, int threads, int options, int64_t cells, const float *weights, const uint32_t *bars,
           const uint32_t *option_keys, const uint32_t *lab_keys, const int64_t *lab_of, const uint32_t *keys,
           int groups, const int64_t *group_of_option, const int64_t *option_of_row, const uint32_t *identity,
           const uint8_t *segment, uint8_t *choice, int64_t segments, int64_t width, int64_t *counts) {
    int64_t spans = (developers + SPAN - 1) / SPAN;
    #pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int worker = 0; worker < threads; worker++) {
        int64_t *change = calloc(segments * width, sizeof(int64_t));
        int64_t from = spans * worker / threads * SPAN, to = spans * (worker + 1) / threads * SPAN;
        stretch(from, to < developers ? to : developers, options, cells, weights, bars, option_keys, lab_keys, lab_of,
                keys, groups, group_of_option, option_of_row, identity, segment, choice, width, change);
        #pragma omp critical
        for (int64_t k = 0; k < segments * width; k++) counts[k] += change[k];
        free(change);
    }
}
