#ifndef DEFINES_H_
#define DEFINES_H_

#include "ap_fixed.h"
#include "ap_int.h"
#include "nnet_utils/nnet_types.h"
#include <array>
#include <cstddef>
#include <cstdio>
#include <tuple>
#include <tuple>

namespace hls4ml_L1TSC4NGJetModel {

// hls-fpga-machine-learning insert numbers

// hls-fpga-machine-learning insert layer-precision
typedef ap_fixed<24,12,AP_RND,AP_SAT,0> candidates_t;
typedef ap_fixed<32,15> scale_accum_t;
typedef ap_fixed<32,15> scale_t;
typedef ap_ufixed<9,4> scale_weight_t;
typedef ap_ufixed<2,32> scale_bias_t;
typedef ap_fixed<27,15> charged_accum_t;
typedef ap_ufixed<1,1,AP_RND,AP_SAT,0> charged_t;
typedef ap_ufixed<3,1> charged_weight_t;
typedef ap_ufixed<2,32> charged_bias_t;
typedef ap_fixed<24,9> z0_accum_t;
typedef ap_fixed<10,7,AP_RND,AP_SAT,0> z0_t;
typedef ap_ufixed<3,3> z0_weight_t;
typedef ap_ufixed<2,32> z0_bias_t;
typedef ap_ufixed<5,5> charged_count_accum_t;
typedef ap_ufixed<5,5,AP_RND,AP_SAT,0> charged_count_t;
typedef ap_ufixed<1,1> charged_count_weight_t;
typedef ap_ufixed<2,32> charged_count_bias_t;
typedef ap_fixed<14,11> z0_sum_accum_t;
typedef ap_fixed<14,11> z0_sum_t;
typedef ap_ufixed<1,1> z0_sum_weight_t;
typedef ap_ufixed<2,32> z0_sum_bias_t;
typedef ap_ufixed<15,1> one_over_count_table_t;
typedef ap_ufixed<15,1,AP_RND,AP_SAT,0> one_over_count_t;
typedef ap_fixed<13,7,AP_RND,AP_SAT,0> z0_mean_t;
typedef ap_fixed<13,7> z0_mean_everywhere_accum_t;
typedef ap_fixed<13,7> z0_mean_everywhere_t;
typedef ap_ufixed<1,1> z0_mean_everywhere_weight_t;
typedef ap_ufixed<2,32> z0_mean_everywhere_bias_t;
typedef ap_fixed<13,7> z0_mean_of_charged_t;
typedef ap_fixed<8,3,AP_RND,AP_SAT,0> z0_difference_t;
typedef ap_fixed<8,1> relative_z0_table_t;
typedef ap_fixed<8,1,AP_RND,AP_SAT,0> relative_z0_t;
typedef ap_fixed<32,15> z0_others_accum_t;
typedef ap_fixed<32,15> z0_others_t;
typedef ap_ufixed<1,1> z0_others_weight_t;
typedef ap_ufixed<2,32> z0_others_bias_t;
typedef ap_fixed<8,1> z0_last_accum_t;
typedef ap_fixed<8,1> z0_last_t;
typedef ap_ufixed<1,1> z0_last_weight_t;
typedef ap_ufixed<2,32> z0_last_bias_t;
typedef ap_fixed<32,15> z0_and_others_t;
typedef ap_fixed<32,15> particle_0_leading_accum_t;
typedef ap_fixed<15,8> particle_0_leading_t;
typedef ap_ufixed<1,1> particle_0_leading_weight_t;
typedef ap_ufixed<2,32> particle_0_leading_bias_t;
typedef ap_fixed<14,8> particle_0_context_iq_t;
typedef ap_fixed<22,9> particle_0_context_accum_t;
typedef ap_fixed<22,9> particle_0_context_t;
typedef ap_fixed<11,4> particle_0_context_weight_t;
typedef ap_ufixed<2,32> particle_0_context_bias_t;
typedef ap_fixed<15,8> particle_0_iq_t;
typedef ap_fixed<22,10> particle_0_accum_t;
typedef ap_fixed<17,9> particle_0_t;
typedef ap_fixed<12,5> particle_0_weight_t;
typedef ap_fixed<9,3> particle_0_bias_t;
typedef ap_fixed<22,9> particle_0_everywhere_accum_t;
typedef ap_fixed<14,7> particle_0_everywhere_t;
typedef ap_ufixed<1,1> particle_0_everywhere_weight_t;
typedef ap_ufixed<2,32> particle_0_everywhere_bias_t;
typedef ap_fixed<16,9> quantizer_t;
typedef ap_fixed<13,7> quantizer_1_t;
typedef ap_fixed<17,10> particle_0_sum_t;
typedef ap_fixed<17,10> particle_0_relu_accum_t;
typedef ap_fixed<14,10> particle_0_relu_t;
typedef ap_ufixed<1,1> particle_0_relu_weight_t;
typedef ap_ufixed<2,32> particle_0_relu_bias_t;
typedef ap_ufixed<12,8> particle_0_relu_relu_t;
typedef ap_fixed<18,8> particle_0_relu_relu_table_t;
typedef ap_ufixed<11,8> particle_1_iq_t;
typedef ap_fixed<20,8> particle_1_accum_t;
typedef ap_fixed<17,8> particle_1_t;
typedef ap_fixed<10,1> particle_1_weight_t;
typedef ap_fixed<10,3> particle_1_bias_t;
typedef ap_ufixed<13,4> particle_1_relu_t;
typedef ap_fixed<18,8> particle_1_relu_table_t;
typedef ap_ufixed<12,4> mean_iq_t;
typedef ap_ufixed<20,8> mean_accum_t;
typedef ap_ufixed<11,2> mean_t;
typedef ap_ufixed<10,2> class_0_iq_t;
typedef ap_fixed<23,8> class_0_accum_t;
typedef ap_fixed<16,8> class_0_t;
typedef ap_fixed<11,4> class_0_weight_t;
typedef ap_fixed<9,2> class_0_bias_t;
typedef ap_uint<1> layer43_index;
typedef ap_ufixed<12,4> class_0_relu_t;
typedef ap_fixed<18,8> class_0_relu_table_t;
typedef ap_ufixed<11,4> class_1_iq_t;
typedef ap_fixed<22,8> class_1_accum_t;
typedef ap_fixed<15,8> class_1_t;
typedef ap_fixed<11,3> class_1_weight_t;
typedef ap_fixed<10,3> class_1_bias_t;
typedef ap_uint<1> layer46_index;
typedef ap_ufixed<12,5> class_1_relu_t;
typedef ap_fixed<18,8> class_1_relu_table_t;
typedef ap_ufixed<11,5> class_logits_iq_t;
typedef ap_fixed<22,8> class_logits_accum_t;
typedef ap_fixed<22,8> class_logits_t;
typedef ap_fixed<12,4> class_logits_weight_t;
typedef ap_fixed<9,1> class_logits_bias_t;
typedef ap_uint<1> layer49_index;
typedef ap_ufixed<9,2> pt_0_iq_t;
typedef ap_fixed<20,8> pt_0_accum_t;
typedef ap_fixed<15,8> pt_0_t;
typedef ap_fixed<10,4> pt_0_weight_t;
typedef ap_fixed<9,2> pt_0_bias_t;
typedef ap_uint<1> layer51_index;
typedef ap_ufixed<10,3> pt_0_relu_t;
typedef ap_fixed<18,8> pt_0_relu_table_t;
typedef ap_ufixed<9,0,AP_RND_CONV,AP_SAT,0> jet_id_output_exp_table_t;
typedef ap_ufixed<10,2,AP_RND_CONV,AP_SAT,0> jet_id_output_inv_table_t;
typedef ap_ufixed<14,3,AP_RND,AP_WRAP,0> jet_id_output_inv_inp_t;
typedef ap_ufixed<13,6,AP_RND,AP_WRAP,0> jet_id_output_inp_norm_t;
typedef ap_ufixed<18,3> jet_id_output_accum_t;
typedef ap_ufixed<19,2> jet_id_output_t;
typedef ap_fixed<18,8> jet_id_output_table_t;
typedef ap_ufixed<9,3> pT_output_iq_t;
typedef ap_fixed<17,4> pT_output_accum_t;
typedef ap_fixed<17,4> pT_output_t;
typedef ap_fixed<9,1> pT_output_weight_t;
typedef ap_ufixed<6,0> pT_output_bias_t;
typedef ap_uint<1> layer55_index;

// hls-fpga-machine-learning insert emulator-defines

using inputs_t = std::tuple<std::array<candidates_t, 16*20>>;
using outputs_t = std::tuple<std::array<jet_id_output_t, 8>, std::array<pT_output_t, 1>>;

}

#endif
