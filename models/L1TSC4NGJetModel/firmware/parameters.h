#ifndef PARAMETERS_H_
#define PARAMETERS_H_

#include "ap_fixed.h"
#include "ap_int.h"

#include "nnet_utils/nnet_code_gen.h"
#include "nnet_utils/nnet_helpers.h"
// hls-fpga-machine-learning insert includes
#include "nnet_utils/nnet_activation.h"
#include "nnet_utils/nnet_activation_stream.h"
#include "nnet_utils/nnet_dense.h"
#include "nnet_utils/nnet_dense_compressed.h"
#include "nnet_utils/nnet_dense_stream.h"
#include "nnet_utils/nnet_einsum_dense.h"
#include "nnet_utils/nnet_pooling.h"
#include "nnet_utils/nnet_pooling_stream.h"

// hls-fpga-machine-learning insert weights
#include "weights/w4.h"
#include "weights/b4.h"
#include "weights/w7.h"
#include "weights/b7.h"
#include "weights/w12.h"
#include "weights/b12.h"
#include "weights/w15.h"
#include "weights/b15.h"
#include "weights/w18.h"
#include "weights/b18.h"
#include "weights/w20.h"
#include "weights/b20.h"
#include "weights/w24.h"
#include "weights/b24.h"

namespace hls4ml_L1TSC4NGJetModel {

// hls-fpga-machine-learning insert layer-config
// particle_0
struct config4_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 320;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config4_tpose_inp_from_shape[2] = {16, 20};
unsigned config4_tpose_inp_to_shape[2] = {16, 20};
unsigned config4_tpose_inp_perm[2] = {0, 1};
unsigned config4_tpose_inp_perm_strides[2] = {20, 1};

const unsigned* const config4_tpose_inp::from_shape = config4_tpose_inp_from_shape;
const unsigned* const config4_tpose_inp::to_shape = config4_tpose_inp_to_shape;
const unsigned* const config4_tpose_inp::perm = config4_tpose_inp_perm;
const unsigned* const config4_tpose_inp::perm_strides = config4_tpose_inp_perm_strides;


struct config4_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 160;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config4_tpose_out_from_shape[2] = {16, 10};
unsigned config4_tpose_out_to_shape[2] = {16, 10};
unsigned config4_tpose_out_perm[2] = {0, 1};
unsigned config4_tpose_out_perm_strides[2] = {10, 1};

const unsigned* const config4_tpose_out::from_shape = config4_tpose_out_from_shape;
const unsigned* const config4_tpose_out::to_shape = config4_tpose_out_to_shape;
const unsigned* const config4_tpose_out::perm = config4_tpose_out_perm;
const unsigned* const config4_tpose_out::perm_strides = config4_tpose_out_perm_strides;


struct config4_dense : nnet::dense_config {
    static const unsigned n_in = 20;
    static const unsigned n_out = 10;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 59;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef particle_0_accum_t accum_t;
    typedef particle_0_bias_t bias_t;
    typedef particle_0_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config4 {
    typedef config4_tpose_inp tpose_inp_conf;
    typedef config4_tpose_out tpose_out_conf;

    typedef particle_0_accum_t accum_t;
    typedef particle_0_bias_t bias_t;

    typedef config4_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 16;
    static const unsigned n_free_kernel = 10;
    static const unsigned n_contract = 20;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 16; // Only useful when n_inplace > 1
};

// particle_0_relu
struct relu_config5 : nnet::activ_config {
    static const unsigned n_in = 160;
    static const unsigned table_size = 262144;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef particle_0_relu_table_t table_t;
};

// particle_1
struct config7_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 160;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config7_tpose_inp_from_shape[2] = {16, 10};
unsigned config7_tpose_inp_to_shape[2] = {16, 10};
unsigned config7_tpose_inp_perm[2] = {0, 1};
unsigned config7_tpose_inp_perm_strides[2] = {10, 1};

const unsigned* const config7_tpose_inp::from_shape = config7_tpose_inp_from_shape;
const unsigned* const config7_tpose_inp::to_shape = config7_tpose_inp_to_shape;
const unsigned* const config7_tpose_inp::perm = config7_tpose_inp_perm;
const unsigned* const config7_tpose_inp::perm_strides = config7_tpose_inp_perm_strides;


struct config7_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 160;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config7_tpose_out_from_shape[2] = {16, 10};
unsigned config7_tpose_out_to_shape[2] = {16, 10};
unsigned config7_tpose_out_perm[2] = {0, 1};
unsigned config7_tpose_out_perm_strides[2] = {10, 1};

const unsigned* const config7_tpose_out::from_shape = config7_tpose_out_from_shape;
const unsigned* const config7_tpose_out::to_shape = config7_tpose_out_to_shape;
const unsigned* const config7_tpose_out::perm = config7_tpose_out_perm;
const unsigned* const config7_tpose_out::perm_strides = config7_tpose_out_perm_strides;


struct config7_dense : nnet::dense_config {
    static const unsigned n_in = 10;
    static const unsigned n_out = 10;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 9;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef particle_1_accum_t accum_t;
    typedef particle_1_bias_t bias_t;
    typedef particle_1_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config7 {
    typedef config7_tpose_inp tpose_inp_conf;
    typedef config7_tpose_out tpose_out_conf;

    typedef particle_1_accum_t accum_t;
    typedef particle_1_bias_t bias_t;

    typedef config7_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 16;
    static const unsigned n_free_kernel = 10;
    static const unsigned n_contract = 10;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 16; // Only useful when n_inplace > 1
};

// particle_1_relu
struct relu_config8 : nnet::activ_config {
    static const unsigned n_in = 160;
    static const unsigned table_size = 262144;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef particle_1_relu_table_t table_t;
};

// mean
struct config10 : nnet::pooling1d_config {
    static const unsigned n_in = 16;
    static const unsigned n_filt = 10;
    static const nnet::Pool_Op pool_op = nnet::Average;
    static const unsigned reuse_factor = 1;
    typedef mean_accum_t accum_t;
};

// class_0
struct config12 : nnet::dense_config {
    static const unsigned n_in = 10;
    static const unsigned n_out = 32;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 18;
    static const unsigned n_nonzeros = 302;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef class_0_accum_t accum_t;
    typedef class_0_bias_t bias_t;
    typedef class_0_weight_t weight_t;
    typedef layer12_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};

// class_0_relu
struct relu_config13 : nnet::activ_config {
    static const unsigned n_in = 32;
    static const unsigned table_size = 131072;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef class_0_relu_table_t table_t;
};

// class_1
struct config15 : nnet::dense_config {
    static const unsigned n_in = 32;
    static const unsigned n_out = 16;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 24;
    static const unsigned n_nonzeros = 488;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef class_1_accum_t accum_t;
    typedef class_1_bias_t bias_t;
    typedef class_1_weight_t weight_t;
    typedef layer15_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};

// class_1_relu
struct relu_config16 : nnet::activ_config {
    static const unsigned n_in = 16;
    static const unsigned table_size = 131072;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef class_1_relu_table_t table_t;
};

// class_logits
struct config18 : nnet::dense_config {
    static const unsigned n_in = 16;
    static const unsigned n_out = 8;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 3;
    static const unsigned n_nonzeros = 125;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef class_logits_accum_t accum_t;
    typedef class_logits_bias_t bias_t;
    typedef class_logits_weight_t weight_t;
    typedef layer18_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};

// pt_0
struct config20 : nnet::dense_config {
    static const unsigned n_in = 10;
    static const unsigned n_out = 10;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 4;
    static const unsigned n_nonzeros = 96;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef pt_0_accum_t accum_t;
    typedef pt_0_bias_t bias_t;
    typedef pt_0_weight_t weight_t;
    typedef layer20_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};

// pt_0_relu
struct relu_config21 : nnet::activ_config {
    static const unsigned n_in = 10;
    static const unsigned table_size = 32768;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef pt_0_relu_table_t table_t;
};

// jet_id_output
struct softmax_config22 : nnet::activ_config {
    static const unsigned n_in = 8;
    static const unsigned n_slice = 8;
    static const unsigned n_outer = 1;
    static const unsigned n_inner = 1;
    static const unsigned parallelization_factor = 1;
    static const unsigned exp_table_size = 2048;
    static const unsigned inv_table_size = 2048;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    static const unsigned axis = -1;
    static const nnet::softmax_implementation implementation = nnet::softmax_implementation::stable;
    static constexpr float exp_scale = 1.0;
    typedef jet_id_output_exp_table_t exp_table_t;
    typedef jet_id_output_inv_table_t inv_table_t;
    typedef jet_id_output_accum_t accum_t;
    typedef jet_id_output_inv_inp_t inv_inp_t;
    typedef jet_id_output_inp_norm_t inp_norm_t;
};

// pT_output
struct config24 : nnet::dense_config {
    static const unsigned n_in = 10;
    static const unsigned n_out = 1;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 0;
    static const unsigned n_nonzeros = 10;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef pT_output_accum_t accum_t;
    typedef pT_output_bias_t bias_t;
    typedef pT_output_weight_t weight_t;
    typedef layer24_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};


}

#endif
