// The seeded-cone jet algorithm of the Phase-2 correlator in the firmware's types, event by event: what the numba
// kernel is compared with. Every stored value has the type that it has in the firmware; ap_fixed and ap_int do all
// rounding, wrapping and saturation.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "ap_fixed.h"
#include "ap_int.h"

namespace {

using Pt = ap_ufixed<14, 12, AP_TRN, AP_SAT>;
using Eta = ap_int<12>;
using Phi = ap_int<11>;
using Delta = ap_int<13>;
using Distance2 = ap_fixed<18, 23>;
using PtDelta = ap_fixed<22, 22>;
using InversePt = ap_ufixed<18, -2>;
using Mass2 = ap_ufixed<17, 15, AP_TRN, AP_SAT>;
using EvenTrig = ap_ufixed<13, 1, AP_RND, AP_SAT>;
using OddTrig = ap_fixed<13, 1, AP_RND, AP_SAT>;
using PositiveMomentum = ap_ufixed<20, 12, AP_TRN, AP_SAT>;
using SignedMomentum = ap_fixed<22, 14, AP_TRN, AP_SAT>;

constexpr int kPi = 720;
constexpr float kLsb = M_PI / kPi;
constexpr unsigned kTableBits = 10;
constexpr int kTrigSteps = 185;
constexpr std::size_t kMassMembers = 32;

struct Candidate {
  Pt pt;
  Eta eta;
  Phi phi;
  int32_t index;

  Candidate(uint64_t word, int32_t place) : index(place) {
    const ap_uint<64> bits = word;
    pt.range() = bits(13, 0);
    eta.range() = bits(25, 14);
    phi.range() = bits(36, 26);
  }
};

struct Jet {
  Pt pt;
  Eta eta;
  Phi phi;
  Mass2 mass2;
  std::vector<Candidate> members;
};

// Differences above pi are mirrored rather than moved by two pi.
Delta deltaPhi(const Phi& a, const Phi& b) {
  const Delta difference = Delta(a) - Delta(b);
  if (difference > kPi)
    return Delta(2 * kPi - difference);
  if (difference < -kPi)
    return Delta(2 * kPi + difference);
  return difference;
}

// Left half: the largest power of two below the number of entries. Equal pt: the left one.
const Candidate& treeMaximum(const Candidate* first, std::size_t size) {
  if (size == 1)
    return *first;
  std::size_t left = 1;
  while (2 * left < size)
    left *= 2;
  const Candidate& a = treeMaximum(first, left);
  const Candidate& b = treeMaximum(first + left, size - left);
  return a.pt >= b.pt ? a : b;
}

struct Tables {
  std::array<InversePt, 1 << kTableBits> inverse;
  std::array<EvenTrig, kTrigSteps> cosine, hyperbolicCosine;
  std::array<OddTrig, kTrigSteps> sine, hyperbolicSine;

  Tables() {
    for (unsigned i = 0; i < inverse.size(); ++i) {
      Pt pt = 0;
      pt[Pt::width - 1] = 1;
      pt(Pt::width - 2, Pt::width - 1 - kTableBits) = i;
      inverse[i] = 1 / static_cast<float>(pt);
    }
    for (int i = 0; i < kTrigSteps; ++i) {
      const float angle = i * kLsb;
      cosine[i] = std::cos(angle);
      sine[i] = std::sin(angle);
      hyperbolicCosine[i] = std::cosh(angle);
      hyperbolicSine[i] = std::sinh(angle);
    }
  }

  InversePt inversePt(const Pt& pt) const {
    int highest = 0;
    for (int bit = 0; bit < Pt::width; ++bit)
      if (pt[bit])
        highest = bit;
    const int shift = Pt::width - 1 - highest;
    const Pt normalised = pt << shift;
    const ap_uint<kTableBits> index = normalised(Pt::width - 2, Pt::width - 1 - kTableBits);
    const InversePt found = inverse[index.to_uint()];
    return found << shift;
  }
};

const Tables& tables() {
  static const Tables made;
  return made;
}

Mass2 massSquared(std::vector<Candidate> members, const Candidate& seed) {
  std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.pt > b.pt; });
  const Tables& t = tables();
  PositiveMomentum energy = 0, x = 0;
  SignedMomentum y = 0, z = 0;
  for (std::size_t i = 0; i < std::min(members.size(), kMassMembers); ++i) {
    const Candidate& member = members[i];
    const Delta deta = Delta(member.eta) - Delta(seed.eta), dphi = deltaPhi(member.phi, seed.phi);
    const int eta = std::abs(deta.to_int()), phi = std::abs(dphi.to_int());
    energy = energy + PositiveMomentum(member.pt * t.hyperbolicCosine[eta]);
    x = x + PositiveMomentum(member.pt * t.cosine[phi]);
    y = y + SignedMomentum(member.pt * t.sine[phi] * (dphi >= 0 ? 1 : -1));
    z = z + SignedMomentum(member.pt * t.hyperbolicSine[eta] * (deta >= 0 ? 1 : -1));
  }
  return energy * energy - x * x - y * y - z * z;
}

Jet makeJet(std::vector<Candidate>&& members, const Candidate& seed, bool withMass) {
  Jet jet;
  jet.pt = 0;
  PtDelta eta = 0, phi = 0;
  for (const Candidate& member : members) {
    jet.pt = jet.pt + member.pt;
    eta += PtDelta(member.pt * Delta(Delta(member.eta) - Delta(seed.eta)));
    phi += PtDelta(member.pt * deltaPhi(member.phi, seed.phi));
  }
  const InversePt inverse = tables().inversePt(jet.pt);
  jet.eta = seed.eta + Eta(eta * inverse);
  jet.phi = Eta(seed.phi + Eta(phi * inverse));
  jet.mass2 = withMass ? massSquared(members, seed) : Mass2(0);
  jet.members = std::move(members);
  return jet;
}

std::vector<Jet> cluster(std::vector<Candidate> remaining, const Distance2& cone2, std::size_t nJets, bool withMass) {
  std::vector<Jet> jets;
  while (!remaining.empty() && jets.size() < nJets) {
    const Candidate seed = treeMaximum(remaining.data(), remaining.size());
    const auto outside = [&](const Candidate& candidate) {
      const Delta deta = Delta(seed.eta) - Delta(candidate.eta), dphi = deltaPhi(seed.phi, candidate.phi);
      return !(deta * deta + dphi * dphi < cone2);
    };
    const auto boundary = std::stable_partition(remaining.begin(), remaining.end(), outside);
    jets.push_back(makeJet(std::vector<Candidate>(boundary, remaining.end()), seed, withMass));
    remaining.erase(boundary, remaining.end());
  }
  return jets;
}

// pt as the global trigger has it: what jets are sorted by
ap_ufixed<16, 11, AP_RND_CONV, AP_SAT> gtPt(const Jet& jet) { return jet.pt; }

}  // namespace

extern "C" {

// Jets of many events. `jets` takes pt, eta, phi, mass squared (raw values) and the number of members of each jet;
// `members` the members' places in their event, jet after jet; `counts` the jets of each event.
void seeded_cone(const uint64_t* words, const int64_t* offsets, int64_t events, float coneSize, uint32_t nJets,
                 int32_t withMass, int64_t* jets, int64_t* counts, int32_t* members) {
  const Distance2 cone2 = coneSize * coneSize / kLsb / kLsb;
  for (int64_t event = 0; event < events; ++event) {
    std::vector<Candidate> candidates;
    for (int64_t i = offsets[event]; i < offsets[event + 1]; ++i)
      candidates.emplace_back(words[i], static_cast<int32_t>(i - offsets[event]));
    std::vector<Jet> found = cluster(std::move(candidates), cone2, nJets, withMass != 0);
    std::stable_sort(found.begin(), found.end(), [](const Jet& a, const Jet& b) { return gtPt(a) > gtPt(b); });
    counts[event] = static_cast<int64_t>(found.size());
    for (const Jet& jet : found) {
      *jets++ = jet.pt.range().to_int64();
      *jets++ = jet.eta.to_int64();
      *jets++ = jet.phi.to_int64();
      *jets++ = jet.mass2.range().to_int64();
      *jets++ = static_cast<int64_t>(jet.members.size());
      for (const Candidate& member : jet.members)
        *members++ = member.index;
    }
  }
}

// Raw values of the tables: 1024 of 1/pt, then 185 each of cos, sin, cosh, sinh.
void seeded_cone_tables(int64_t* values) {
  for (const auto& entry : tables().inverse)
    *values++ = entry.range().to_int64();
  const auto put = [&](const auto& table) {
    for (const auto& entry : table)
      *values++ = entry.range().to_int64();
  };
  put(tables().cosine);
  put(tables().sine);
  put(tables().hyperbolicCosine);
  put(tables().hyperbolicSine);
}

// Raw value of R squared, in units of 1.
int64_t seeded_cone_r2(float coneSize) {
  const Distance2 cone2 = coneSize * coneSize / kLsb / kLsb;
  return static_cast<int64_t>(cone2.to_double());
}
}
