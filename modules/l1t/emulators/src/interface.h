// Types that CMSSW's producer of tagged jets exchanges with a model. Names and layouts are the interface.
#ifndef PYRUN_L1T_INTERFACE_H
#define PYRUN_L1T_INTERFACE_H

#include <array>
#include <utility>

#include "ap_fixed.h"

#ifndef CLASSES
#define CLASSES 8
#endif

// version 1: prepare_input(input_v1*), read_result(result_v1*)
typedef ap_fixed<24, 12, AP_RND, AP_SAT, 0> input_v1;
typedef std::array<ap_fixed<16, 6>, 1> regression_v1;
typedef std::array<ap_ufixed<24, 12, AP_RND, AP_SAT, 0>, CLASSES> classes_v1;
typedef std::pair<regression_v1, classes_v1> result_v1;

// version 2: prepare_input(ModelInputs), read_result(ModelOutputs*)
typedef ap_fixed<64, 32, AP_RND, AP_SAT, 0> input_v2;

struct ModelInputs {
  input_v2* candidate_inputs;
  input_v2* jet_inputs;
  int total_candidate_inputs;  // per candidate
  int total_jet_inputs;
};

struct ModelOutputs {
  input_v2* jet_class_output;
  input_v2* jet_regression_output;
};

#endif
