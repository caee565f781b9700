// The tagger's inputs, and what its answers do to jets, in the firmware's own types: written from the description of
// CMSSW's types and tables, independently of the package's kernels.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "ap_fixed.h"
#include "ap_int.h"

typedef ap_ufixed<14, 12, AP_TRN, AP_SAT> pt_t;
typedef ap_ufixed<9, 1, AP_RND_CONV, AP_WRAP> weight_t;
typedef ap_ufixed<8, 1, AP_RND_CONV, AP_SAT> score_t;
typedef ap_ufixed<22, 12, AP_TRN, AP_SAT> ratio_t;
typedef ap_fixed<24, 12, AP_RND, AP_SAT> narrow_t;
typedef ap_fixed<64, 32, AP_RND, AP_SAT> wide_t;
typedef ap_uint<64> word_t;

template <class T>
int top_bit(const T& x) {
  int top = 0;
  for (int bit = 0; bit < T::width; bit++)
    if (x[bit])
      top = bit;
  return top;
}

// what a table's index stands for: the top bit is set, the index follows it
template <class T, int BITS>
float represented(unsigned index) {
  T x = 0;
  x[T::width - 1] = 1;
  x(T::width - 2, T::width - 1 - BITS) = index;
  return float(x);
}

template <class T, int BITS>
unsigned index_of(const T& normalised) {
  return ap_uint<BITS>(normalised(T::width - 2, T::width - 1 - BITS));
}

template <class ARGUMENT, class ENTRY, int BITS>
ENTRY reciprocal(ARGUMENT x) {
  const int shift = ARGUMENT::width - 1 - top_bit(x);
  const ARGUMENT normalised = x << shift;
  const ENTRY entry = 1 / represented<ARGUMENT, BITS>(index_of<ARGUMENT, BITS>(normalised));
  return entry << shift;
}

template <class ARGUMENT, class ENTRY, int BITS>
ENTRY logarithm(ARGUMENT x) {
  const int shift = ARGUMENT::width - 1 - top_bit(x);
  const ARGUMENT normalised = x << shift;
  const ENTRY entry = std::log(represented<ARGUMENT, BITS>(index_of<ARGUMENT, BITS>(normalised)));
  const ENTRY power = std::log(std::pow(2, shift));
  return entry - power;
}

struct V1 {
  typedef narrow_t in;
  static const int features = 20;
  static const bool by_value = true;
  static in relative(pt_t pt, pt_t jet) { return in(pt) * reciprocal<narrow_t, narrow_t, 8>(in(jet)); }
  static in log_pt(pt_t pt) { return logarithm<pt_t, narrow_t, 8>(pt); }
};

struct V2 {
  typedef wide_t in;
  static const int features = 21;
  static const bool by_value = false;
  static in relative(pt_t pt, pt_t jet) { return in(pt) * reciprocal<pt_t, pt_t, 10>(in(jet)); }
  static in log_pt(pt_t pt) { return logarithm<pt_t, pt_t, 8>(pt); }
};

struct Exact {
  typedef narrow_t in;
  static const int features = 20;
  static const bool by_value = false;
  // a quotient of 14-bit numbers is never so close to half a step that a double would miss the side
  static in relative(pt_t pt, pt_t jet) { return jet == 0 ? in(0) : in(pt.to_double() / jet.to_double()); }
  static in log_pt(pt_t pt) { return in(std::log(pt == 0 ? 0.25 : pt.to_double())); }
};

struct Candidate {
  pt_t pt;
  ap_int<12> eta;
  ap_int<11> phi;
  ap_uint<3> id;
  word_t word;
  explicit Candidate(uint64_t bits) : word(bits) {
    pt(13, 0) = word(13, 0);
    eta(11, 0) = word(25, 14);
    phi(10, 0) = word(36, 26);
    id = word(39, 37);
  }
};

template <class V>
void inputs_of_jet(const std::vector<Candidate>& sorted, uint64_t jet_word, int particles, double* out, double* of_jet) {
  typedef typename V::in in;
  const word_t word = jet_word;
  pt_t jet_pt;
  ap_int<12> jet_eta;
  ap_int<11> jet_phi;
  jet_pt(13, 0) = word(13, 0);
  jet_eta(11, 0) = word(25, 14);
  jet_phi(10, 0) = word(36, 26);
  of_jet[0] = in(jet_pt).to_double();
  of_jet[1] = in(jet_eta).to_double();
  std::fill(out, out + particles * V::features, 0.0);
  static const double masses[] = {0.5, 0.0, 0.13, 0.13, 0.005, 0.005, 0.105, 0.105};
  static const int order[] = {1, 5, 4, 7, 6, 0, 3, 2};  // photon e+ e- mu+ mu- h0 h+ h-
  for (int k = 0; k < std::min<int>(particles, sorted.size()); k++) {
    const Candidate& c = sorted[k];
    const bool charged = c.id > 1;
    ap_int<13> dphi = c.phi - jet_phi;
    if (dphi > 720)
      dphi -= 1440;
    else if (dphi < -720)
      dphi += 1440;
    std::vector<in> x = {in(c.pt),   V::relative(c.pt, jet_pt), V::log_pt(c.pt), in(in(jet_eta) - in(c.eta)),
                         in(dphi), in(masses[int(c.id)])};
    for (int id : order)
      x.push_back(c.id == id ? 1 : 0);
    ap_int<10> z0;
    z0(9, 0) = c.word(49, 40);
    x.push_back(charged ? in(z0) : in(0));
    x.push_back(charged ? in(ap_uint<8>(c.word(57, 50))) : in(0));
    x.push_back(1);
    weight_t weight, em = weight_t(ap_uint<6>(c.word(54, 49)));
    if (V::by_value)
      weight = weight_t(ap_uint<9>(c.word(48, 40)));
    else
      weight(8, 0) = c.word(48, 40);
    x.push_back(charged ? in(0) : in(weight));
    x.push_back(charged ? in(0) : V::by_value ? in(em) : in(ap_uint<6>(c.word(54, 49))));
    x.push_back(charged ? in(ap_uint<3>(c.word(60, 58))) : in(0));
    if (V::features == 21)
      x.push_back(in(c.eta < 0 ? ap_int<13>(-c.eta) : ap_int<13>(c.eta)));
    for (int i = 0; i < V::features; i++)
      out[k * V::features + i] = x[i].to_double();
  }
}

template <class V>
void all_inputs(const uint64_t* words, const int64_t* rows, const int64_t* offsets, const uint64_t* jets, int64_t n,
                int particles, double* out, double* of_jets) {
  for (int64_t jet = 0; jet < n; jet++) {
    std::vector<Candidate> candidates;
    for (int64_t k = offsets[jet]; k < offsets[jet + 1]; k++)
      candidates.emplace_back(words[rows[k]]);
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.pt > b.pt; });
    inputs_of_jet<V>(candidates, jets[jet], particles, out + jet * particles * V::features, of_jets + 2 * jet);
  }
}

extern "C" {
void reference_inputs(int version, const uint64_t* words, const int64_t* rows, const int64_t* offsets,
                      const uint64_t* jets, int64_t n, int particles, double* out, double* of_jets) {
  auto* compute = version == 1 ? all_inputs<V1> : version == 2 ? all_inputs<V2> : all_inputs<Exact>;
  compute(words, rows, offsets, jets, n, particles, out, of_jets);
}

// raw pt and scores of jets after the answers: numbers of the network's output types of version 1
void reference_tags(const uint64_t* jets, const double* scores, const double* ratios, int64_t n, double min_pt,
                    double max_eta, int64_t* pt_out, int64_t* scores_out) {
  for (int64_t jet = 0; jet < n; jet++) {
    const word_t word = jets[jet];
    pt_t pt;
    ap_int<12> eta;
    pt(13, 0) = word(13, 0);
    eta(11, 0) = word(25, 14);
    const ap_fixed<16, 6> answer = ratios[jet];
    const ratio_t ratio = answer;
    const ap_int<13> size = eta < 0 ? ap_int<13>(-eta) : ap_int<13>(eta);
    const ap_int<12> limit = max_eta / (M_PI / 720);
    const bool inside = size < limit && pt > min_pt;
    ratio_t result = pt;
    if (inside)
      result = pt * ratio;
    pt = pt_t(result);
    pt_out[jet] = ap_uint<14>(pt(13, 0));
    for (int k = 0; k < 8; k++) {
      const ap_ufixed<24, 12, AP_RND, AP_SAT> given = scores[8 * jet + k];
      score_t score = inside ? score_t(given) : score_t(0);
      scores_out[8 * jet + k] = ap_uint<8>(score(7, 0));
    }
  }
}
}
