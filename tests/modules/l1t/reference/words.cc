// The words as ap_types make them: reads raw values of candidates or jets, or numbers, and writes words or raw values.
// usage: words puppi|ct|gt|types < in > out     (binary, int64 or double in, uint64 or int64 out)
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "ap_fixed.h"
#include "ap_int.h"

template <int W, typename V>
static void put(ap_uint<128> &word, int &start, V value) {
  ap_uint<W> bits = value;
  word(start + W - 1, start) = bits;
  start += W;
}

static void write(const ap_uint<128> &word, int halves) {
  for (int half = 0; half < halves; ++half) {
    uint64_t out = ap_uint<64>(word(64 * half + 63, 64 * half)).to_uint64();
    fwrite(&out, 8, 1, stdout);
  }
}

static void puppi(const int64_t *f) {  // pt eta phi id z0 dxy quality weight emID
  ap_uint<128> word = 0;
  int start = 0;
  put<14>(word, start, f[0]);
  put<12>(word, start, f[1]);
  put<11>(word, start, f[2]);
  put<3>(word, start, f[3]);
  if (f[3] > 1) {
    put<10>(word, start, f[4]);
    put<8>(word, start, f[5]);
    put<3>(word, start, f[6]);
  } else {
    put<9>(word, start, f[7]);
    put<6>(word, start, f[8]);
  }
  write(word, 1);
}

static void ct(const int64_t *f) {  // pt eta phi z0 scores
  ap_uint<128> word = 0;
  int start = 0;
  put<14>(word, start, f[0]);
  put<12>(word, start, f[1]);
  put<11>(word, start, f[2]);
  put<10>(word, start, f[3]);
  for (int k = 0; k < 8; ++k) put<8>(word, start, f[4 + k]);
  write(word, 2);
}

static void gt(const int64_t *f) {  // the same, as the global trigger gets it
  ap_ufixed<14, 12, AP_TRN, AP_SAT> pt;
  pt.range() = f[0];
  ap_int<12> eta = f[1];
  ap_int<11> phi = f[2];
  const ap_fixed<18, 5, AP_RND_CONV, AP_SAT> scale = float(M_PI / 720) / float(M_PI / 4096);
  ap_ufixed<16, 11, AP_RND_CONV, AP_SAT> gt_pt = pt;
  ap_fixed<13, 13, AP_RND_CONV> gt_phi = phi * scale;
  ap_fixed<14, 14, AP_RND_CONV, AP_SAT> gt_eta = eta * scale;
  ap_uint<128> word = 0;
  int start = 0;
  put<1>(word, start, pt != 0);
  put<16>(word, start, gt_pt.range());
  put<13>(word, start, gt_phi.range());
  put<14>(word, start, gt_eta.range());
  put<10>(word, start, f[3]);
  for (int k = 0; k < 8; ++k) put<8>(word, start, f[4 + k]);
  write(word, 2);
}

template <typename T>
static void type(double value) {
  T fixed = value;
  int64_t out = 0;
  for (int bit = 0; bit < T::width; ++bit) out |= int64_t(bool(fixed[bit])) << bit;
  fwrite(&out, 8, 1, stdout);
}

int main(int, char **argv) {
  if (!strcmp(argv[1], "types")) {
    double value;
    while (fread(&value, 8, 1, stdin) == 1) {
      type<ap_ufixed<14, 12, AP_TRN, AP_SAT>>(value);
      type<ap_ufixed<9, 1, AP_RND_CONV, AP_WRAP>>(value);
      type<ap_ufixed<8, 1, AP_RND_CONV, AP_SAT>>(value);
      type<ap_fixed<10, 1, AP_RND_CONV, AP_SAT>>(value);
      type<ap_ufixed<17, 15, AP_TRN, AP_SAT>>(value);
      type<ap_ufixed<16, 11, AP_RND_CONV, AP_SAT>>(value);
      type<ap_fixed<13, 13, AP_RND_CONV, AP_WRAP>>(value);
      type<ap_fixed<14, 14, AP_RND_CONV, AP_SAT>>(value);
      type<ap_fixed<24, 12, AP_RND, AP_SAT>>(value);
      type<ap_fixed<16, 6>>(value);
    }
    return 0;
  }
  const bool candidates = !strcmp(argv[1], "puppi");
  int64_t fields[12];
  while (fread(fields, 8, candidates ? 9 : 12, stdin) == size_t(candidates ? 9 : 12)) {
    candidates ? puppi(fields) : (!strcmp(argv[1], "ct") ? ct(fields) : gt(fields));
  }
}
