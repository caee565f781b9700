// A network written by hls4ml as a model for CMSSW, and as a function of plain arrays.
//
// MODEL: name of the top function; MODEL_HEADER: its header; CLASSES: number of scores; INTERFACE_V2: for models whose
// producer speaks version 2.
#include <tuple>

#include "hls4ml/emulator.h"
#include "interface.h"

#define QUOTE_(x) #x
#define QUOTE(x) QUOTE_(x)
#define JOIN_(x, y) x##y
#define JOIN(x, y) JOIN_(x, y)

#include QUOTE(MODEL_HEADER)

namespace network = JOIN(hls4ml_, MODEL);
using network::inputs_t;
using network::outputs_t;

namespace {
constexpr std::size_t n_inputs = std::tuple_size<std::tuple_element_t<0, inputs_t>>::value;

class Emulator : public hls4mlEmulator::Model {
  inputs_t inputs_;
  outputs_t outputs_;

public:
  void prepare_input(std::any input) override {
#ifdef INTERFACE_V2
    const input_v2* values = std::any_cast<ModelInputs>(input).candidate_inputs;
#else
    const input_v1* values = std::any_cast<input_v1*>(input);
#endif
    for (std::size_t i = 0; i < n_inputs; i++)
      std::get<0>(inputs_)[i] = values[i];
  }

  void predict() override { network::JOIN(MODEL, _emulator)(inputs_, outputs_); }

  void read_result(std::any result) override {
#ifdef INTERFACE_V2
    auto* to = std::any_cast<ModelOutputs*>(result);
    to->jet_regression_output[0] = std::get<1>(outputs_)[0];
    for (std::size_t i = 0; i < CLASSES; i++)
      to->jet_class_output[i] = std::get<0>(outputs_)[i];
#else
    auto* to = std::any_cast<result_v1*>(result);
    to->first[0] = std::get<1>(outputs_)[0];
    for (std::size_t i = 0; i < CLASSES; i++)
      to->second[i] = std::get<0>(outputs_)[i];
#endif
  }
};
}  // namespace

extern "C" {
hls4mlEmulator::Model* create_model() { return new Emulator; }
void destroy_model(hls4mlEmulator::Model* model) { delete model; }

// scores, then the regression, of each jet
void pyrun_emulate(long jets, const double* inputs, double* answers) {
  inputs_t in;
  outputs_t out;
  for (long jet = 0; jet < jets; jet++) {
    for (std::size_t i = 0; i < n_inputs; i++)
      std::get<0>(in)[i] = inputs[jet * n_inputs + i];
    network::JOIN(MODEL, _emulator)(in, out);
    for (std::size_t i = 0; i < CLASSES; i++)
      answers[jet * (CLASSES + 1) + i] = std::get<0>(out)[i].to_double();
    answers[jet * (CLASSES + 1) + CLASSES] = std::get<1>(out)[0].to_double();
  }
}
}
