#ifndef L1TSC4NGJETMODEL_H_
#define L1TSC4NGJETMODEL_H_

#include "ap_fixed.h"
#include "ap_int.h"
#include "hls_stream.h"

#include "defines.h"

namespace hls4ml_L1TSC4NGJetModel {

// Prototype of top level function for C-synthesis
void L1TSC4NGJetModel(
    candidates_t candidates[16*20],
    jet_id_output_t layer53_out[8], pT_output_t layer55_out[1]
);

// hls-fpga-machine-learning insert emulator-defines

inline void L1TSC4NGJetModel_emulator(inputs_t& inputs, outputs_t& outputs) {
    L1TSC4NGJetModel(
        std::get<0>(inputs).data(),
        std::get<0>(outputs).data(), std::get<1>(outputs).data()
    );
}

}

#endif
