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
#include "nnet_utils/nnet_merge.h"
#include "nnet_utils/nnet_merge_stream.h"
#include "nnet_utils/nnet_pooling.h"
#include "nnet_utils/nnet_pooling_stream.h"

// hls-fpga-machine-learning insert weights
#include "weights/w3.h"
#include "weights/b3.h"
#include "weights/w4.h"
#include "weights/b4.h"
#include "weights/w6.h"
#include "weights/b6.h"
#include "weights/w8.h"
#include "weights/b8.h"
#include "weights/w9.h"
#include "weights/b9.h"
#include "weights/w13.h"
#include "weights/b13.h"
#include "weights/w16.h"
#include "weights/b16.h"
#include "weights/w21.h"
#include "weights/b21.h"
#include "weights/w24.h"
#include "weights/b24.h"
#include "weights/w27.h"
#include "weights/b27.h"
#include "weights/w29.h"
#include "weights/b29.h"
#include "weights/w33.h"
#include "weights/b33.h"

namespace hls4ml_L1TSC4NGJetModel {

// hls-fpga-machine-learning insert layer-config
// scale
struct config3_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 320;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config3_tpose_inp_from_shape[2] = {16, 20};
unsigned config3_tpose_inp_to_shape[2] = {16, 20};
unsigned config3_tpose_inp_perm[2] = {0, 1};
unsigned config3_tpose_inp_perm_strides[2] = {20, 1};

const unsigned* const config3_tpose_inp::from_shape = config3_tpose_inp_from_shape;
const unsigned* const config3_tpose_inp::to_shape = config3_tpose_inp_to_shape;
const unsigned* const config3_tpose_inp::perm = config3_tpose_inp_perm;
const unsigned* const config3_tpose_inp::perm_strides = config3_tpose_inp_perm_strides;


struct config3_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 320;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config3_tpose_out_from_shape[2] = {16, 20};
unsigned config3_tpose_out_to_shape[2] = {16, 20};
unsigned config3_tpose_out_perm[2] = {0, 1};
unsigned config3_tpose_out_perm_strides[2] = {20, 1};

const unsigned* const config3_tpose_out::from_shape = config3_tpose_out_from_shape;
const unsigned* const config3_tpose_out::to_shape = config3_tpose_out_to_shape;
const unsigned* const config3_tpose_out::perm = config3_tpose_out_perm;
const unsigned* const config3_tpose_out::perm_strides = config3_tpose_out_perm_strides;


struct config3_dense : nnet::dense_config {
    static const unsigned n_in = 20;
    static const unsigned n_out = 20;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 380;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef scale_accum_t accum_t;
    typedef scale_bias_t bias_t;
    typedef scale_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config3 {
    typedef config3_tpose_inp tpose_inp_conf;
    typedef config3_tpose_out tpose_out_conf;

    typedef scale_accum_t accum_t;
    typedef scale_bias_t bias_t;

    typedef config3_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 16;
    static const unsigned n_free_kernel = 20;
    static const unsigned n_contract = 20;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 16; // Only useful when n_inplace > 1
};

// particle_0_leading
struct config4_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 320;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config4_tpose_inp_from_shape[2] = {16, 20};
unsigned config4_tpose_inp_to_shape[2] = {20, 16};
unsigned config4_tpose_inp_perm[2] = {1, 0};
unsigned config4_tpose_inp_perm_strides[2] = {1, 20};

const unsigned* const config4_tpose_inp::from_shape = config4_tpose_inp_from_shape;
const unsigned* const config4_tpose_inp::to_shape = config4_tpose_inp_to_shape;
const unsigned* const config4_tpose_inp::perm = config4_tpose_inp_perm;
const unsigned* const config4_tpose_inp::perm_strides = config4_tpose_inp_perm_strides;


struct config4_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 40;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config4_tpose_out_from_shape[2] = {20, 2};
unsigned config4_tpose_out_to_shape[2] = {2, 20};
unsigned config4_tpose_out_perm[2] = {1, 0};
unsigned config4_tpose_out_perm_strides[2] = {1, 2};

const unsigned* const config4_tpose_out::from_shape = config4_tpose_out_from_shape;
const unsigned* const config4_tpose_out::to_shape = config4_tpose_out_to_shape;
const unsigned* const config4_tpose_out::perm = config4_tpose_out_perm;
const unsigned* const config4_tpose_out::perm_strides = config4_tpose_out_perm_strides;


struct config4_dense : nnet::dense_config {
    static const unsigned n_in = 16;
    static const unsigned n_out = 2;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 30;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef particle_0_leading_accum_t accum_t;
    typedef particle_0_leading_bias_t bias_t;
    typedef particle_0_leading_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config4 {
    typedef config4_tpose_inp tpose_inp_conf;
    typedef config4_tpose_out tpose_out_conf;

    typedef particle_0_leading_accum_t accum_t;
    typedef particle_0_leading_bias_t bias_t;

    typedef config4_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 20;
    static const unsigned n_free_kernel = 2;
    static const unsigned n_contract = 16;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 20; // Only useful when n_inplace > 1
};

// particle_0_context
struct config6_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 40;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config6_tpose_inp_from_shape[2] = {2, 20};
unsigned config6_tpose_inp_to_shape[2] = {2, 20};
unsigned config6_tpose_inp_perm[2] = {0, 1};
unsigned config6_tpose_inp_perm_strides[2] = {20, 1};

const unsigned* const config6_tpose_inp::from_shape = config6_tpose_inp_from_shape;
const unsigned* const config6_tpose_inp::to_shape = config6_tpose_inp_to_shape;
const unsigned* const config6_tpose_inp::perm = config6_tpose_inp_perm;
const unsigned* const config6_tpose_inp::perm_strides = config6_tpose_inp_perm_strides;


struct config6_tpose_out {
    static const unsigned dims = 1;
    static const unsigned N = 32;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config6_tpose_out_from_shape[1] = {32};
unsigned config6_tpose_out_to_shape[1] = {32};
unsigned config6_tpose_out_perm[1] = {0};
unsigned config6_tpose_out_perm_strides[1] = {1};

const unsigned* const config6_tpose_out::from_shape = config6_tpose_out_from_shape;
const unsigned* const config6_tpose_out::to_shape = config6_tpose_out_to_shape;
const unsigned* const config6_tpose_out::perm = config6_tpose_out_perm;
const unsigned* const config6_tpose_out::perm_strides = config6_tpose_out_perm_strides;


struct config6_dense : nnet::dense_config {
    static const unsigned n_in = 40;
    static const unsigned n_out = 32;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 123;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef particle_0_context_accum_t accum_t;
    typedef particle_0_context_bias_t bias_t;
    typedef particle_0_context_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config6 {
    typedef config6_tpose_inp tpose_inp_conf;
    typedef config6_tpose_out tpose_out_conf;

    typedef particle_0_context_accum_t accum_t;
    typedef particle_0_context_bias_t bias_t;

    typedef config6_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 1;
    static const unsigned n_free_kernel = 32;
    static const unsigned n_contract = 40;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 1; // Only useful when n_inplace > 1
};

// particle_0
struct config8_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 320;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config8_tpose_inp_from_shape[2] = {16, 20};
unsigned config8_tpose_inp_to_shape[2] = {16, 20};
unsigned config8_tpose_inp_perm[2] = {0, 1};
unsigned config8_tpose_inp_perm_strides[2] = {20, 1};

const unsigned* const config8_tpose_inp::from_shape = config8_tpose_inp_from_shape;
const unsigned* const config8_tpose_inp::to_shape = config8_tpose_inp_to_shape;
const unsigned* const config8_tpose_inp::perm = config8_tpose_inp_perm;
const unsigned* const config8_tpose_inp::perm_strides = config8_tpose_inp_perm_strides;


struct config8_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 512;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config8_tpose_out_from_shape[2] = {16, 32};
unsigned config8_tpose_out_to_shape[2] = {16, 32};
unsigned config8_tpose_out_perm[2] = {0, 1};
unsigned config8_tpose_out_perm_strides[2] = {32, 1};

const unsigned* const config8_tpose_out::from_shape = config8_tpose_out_from_shape;
const unsigned* const config8_tpose_out::to_shape = config8_tpose_out_to_shape;
const unsigned* const config8_tpose_out::perm = config8_tpose_out_perm;
const unsigned* const config8_tpose_out::perm_strides = config8_tpose_out_perm_strides;


struct config8_dense : nnet::dense_config {
    static const unsigned n_in = 20;
    static const unsigned n_out = 32;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 167;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef particle_0_accum_t accum_t;
    typedef particle_0_bias_t bias_t;
    typedef particle_0_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config8 {
    typedef config8_tpose_inp tpose_inp_conf;
    typedef config8_tpose_out tpose_out_conf;

    typedef particle_0_accum_t accum_t;
    typedef particle_0_bias_t bias_t;

    typedef config8_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 16;
    static const unsigned n_free_kernel = 32;
    static const unsigned n_contract = 20;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 16; // Only useful when n_inplace > 1
};

// particle_0_everywhere
struct config9_tpose_inp {
    static const unsigned dims = 1;
    static const unsigned N = 32;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config9_tpose_inp_from_shape[1] = {32};
unsigned config9_tpose_inp_to_shape[1] = {32};
unsigned config9_tpose_inp_perm[1] = {0};
unsigned config9_tpose_inp_perm_strides[1] = {1};

const unsigned* const config9_tpose_inp::from_shape = config9_tpose_inp_from_shape;
const unsigned* const config9_tpose_inp::to_shape = config9_tpose_inp_to_shape;
const unsigned* const config9_tpose_inp::perm = config9_tpose_inp_perm;
const unsigned* const config9_tpose_inp::perm_strides = config9_tpose_inp_perm_strides;


struct config9_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 512;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config9_tpose_out_from_shape[2] = {32, 16};
unsigned config9_tpose_out_to_shape[2] = {16, 32};
unsigned config9_tpose_out_perm[2] = {1, 0};
unsigned config9_tpose_out_perm_strides[2] = {1, 16};

const unsigned* const config9_tpose_out::from_shape = config9_tpose_out_from_shape;
const unsigned* const config9_tpose_out::to_shape = config9_tpose_out_to_shape;
const unsigned* const config9_tpose_out::perm = config9_tpose_out_perm;
const unsigned* const config9_tpose_out::perm_strides = config9_tpose_out_perm_strides;


struct config9_dense : nnet::dense_config {
    static const unsigned n_in = 1;
    static const unsigned n_out = 16;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = -1; // Not making sense when kernels are switching;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef particle_0_everywhere_accum_t accum_t;
    typedef particle_0_everywhere_bias_t bias_t;
    typedef particle_0_everywhere_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config9 {
    typedef config9_tpose_inp tpose_inp_conf;
    typedef config9_tpose_out tpose_out_conf;

    typedef particle_0_everywhere_accum_t accum_t;
    typedef particle_0_everywhere_bias_t bias_t;

    typedef config9_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 1;
    static const unsigned n_free_kernel = 16;
    static const unsigned n_contract = 1;
    static const unsigned n_inplace = 32;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 1; // Only useful when n_inplace > 1
};

// particle_0_sum
struct config12 : nnet::merge_config {
    static const unsigned n_elem = 16*32;
    static const unsigned n_elem1 = 16*32;
    static const unsigned n_elem2 = 16*32;
    static const unsigned reuse_factor = 1;
};

// particle_0_relu
struct config13_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 512;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config13_tpose_inp_from_shape[2] = {16, 32};
unsigned config13_tpose_inp_to_shape[2] = {16, 32};
unsigned config13_tpose_inp_perm[2] = {0, 1};
unsigned config13_tpose_inp_perm_strides[2] = {32, 1};

const unsigned* const config13_tpose_inp::from_shape = config13_tpose_inp_from_shape;
const unsigned* const config13_tpose_inp::to_shape = config13_tpose_inp_to_shape;
const unsigned* const config13_tpose_inp::perm = config13_tpose_inp_perm;
const unsigned* const config13_tpose_inp::perm_strides = config13_tpose_inp_perm_strides;


struct config13_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 512;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config13_tpose_out_from_shape[2] = {16, 32};
unsigned config13_tpose_out_to_shape[2] = {16, 32};
unsigned config13_tpose_out_perm[2] = {0, 1};
unsigned config13_tpose_out_perm_strides[2] = {32, 1};

const unsigned* const config13_tpose_out::from_shape = config13_tpose_out_from_shape;
const unsigned* const config13_tpose_out::to_shape = config13_tpose_out_to_shape;
const unsigned* const config13_tpose_out::perm = config13_tpose_out_perm;
const unsigned* const config13_tpose_out::perm_strides = config13_tpose_out_perm_strides;


struct config13_dense : nnet::dense_config {
    static const unsigned n_in = 32;
    static const unsigned n_out = 32;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 992;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef particle_0_relu_accum_t accum_t;
    typedef particle_0_relu_bias_t bias_t;
    typedef particle_0_relu_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config13 {
    typedef config13_tpose_inp tpose_inp_conf;
    typedef config13_tpose_out tpose_out_conf;

    typedef particle_0_relu_accum_t accum_t;
    typedef particle_0_relu_bias_t bias_t;

    typedef config13_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 16;
    static const unsigned n_free_kernel = 32;
    static const unsigned n_contract = 32;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 16; // Only useful when n_inplace > 1
};

// particle_0_relu_relu
struct relu_config14 : nnet::activ_config {
    static const unsigned n_in = 512;
    static const unsigned table_size = 131072;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef particle_0_relu_relu_table_t table_t;
};

// particle_1
struct config16_tpose_inp {
    static const unsigned dims = 2;
    static const unsigned N = 512;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config16_tpose_inp_from_shape[2] = {16, 32};
unsigned config16_tpose_inp_to_shape[2] = {16, 32};
unsigned config16_tpose_inp_perm[2] = {0, 1};
unsigned config16_tpose_inp_perm_strides[2] = {32, 1};

const unsigned* const config16_tpose_inp::from_shape = config16_tpose_inp_from_shape;
const unsigned* const config16_tpose_inp::to_shape = config16_tpose_inp_to_shape;
const unsigned* const config16_tpose_inp::perm = config16_tpose_inp_perm;
const unsigned* const config16_tpose_inp::perm_strides = config16_tpose_inp_perm_strides;


struct config16_tpose_out {
    static const unsigned dims = 2;
    static const unsigned N = 1024;
    static const unsigned* const from_shape;
    static const unsigned* const to_shape;
    static const unsigned* const perm;
    static const unsigned* const perm_strides;
};

unsigned config16_tpose_out_from_shape[2] = {16, 64};
unsigned config16_tpose_out_to_shape[2] = {16, 64};
unsigned config16_tpose_out_perm[2] = {0, 1};
unsigned config16_tpose_out_perm_strides[2] = {64, 1};

const unsigned* const config16_tpose_out::from_shape = config16_tpose_out_from_shape;
const unsigned* const config16_tpose_out::to_shape = config16_tpose_out_to_shape;
const unsigned* const config16_tpose_out::perm = config16_tpose_out_perm;
const unsigned* const config16_tpose_out::perm_strides = config16_tpose_out_perm_strides;


struct config16_dense : nnet::dense_config {
    static const unsigned n_in = 32;
    static const unsigned n_out = 64;
    static const unsigned reuse_factor = 1;
    static const unsigned strategy = nnet::latency;
    static const unsigned n_zeros = 440;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    typedef particle_1_accum_t accum_t;
    typedef particle_1_bias_t bias_t;
    typedef particle_1_weight_t weight_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};



struct config16 {
    typedef config16_tpose_inp tpose_inp_conf;
    typedef config16_tpose_out tpose_out_conf;

    typedef particle_1_accum_t accum_t;
    typedef particle_1_bias_t bias_t;

    typedef config16_dense dense_conf;

    // Layer Sizes
    static const unsigned n_free_data = 16;
    static const unsigned n_free_kernel = 64;
    static const unsigned n_contract = 32;
    static const unsigned n_inplace = 1;

    // Resource reuse info
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned parallelization_factor = 16; // Only useful when n_inplace > 1
};

// particle_1_relu
struct relu_config17 : nnet::activ_config {
    static const unsigned n_in = 1024;
    static const unsigned table_size = 131072;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef particle_1_relu_table_t table_t;
};

// mean
struct config19 : nnet::pooling1d_config {
    static const unsigned n_in = 16;
    static const unsigned n_filt = 64;
    static const nnet::Pool_Op pool_op = nnet::Average;
    static const unsigned reuse_factor = 1;
    typedef mean_accum_t accum_t;
};

// class_0
struct config21 : nnet::dense_config {
    static const unsigned n_in = 64;
    static const unsigned n_out = 64;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 985;
    static const unsigned n_nonzeros = 3111;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef class_0_accum_t accum_t;
    typedef class_0_bias_t bias_t;
    typedef class_0_weight_t weight_t;
    typedef layer21_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};

// class_0_relu
struct relu_config22 : nnet::activ_config {
    static const unsigned n_in = 64;
    static const unsigned table_size = 2097152;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef class_0_relu_table_t table_t;
};

// class_1
struct config24 : nnet::dense_config {
    static const unsigned n_in = 64;
    static const unsigned n_out = 32;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 384;
    static const unsigned n_nonzeros = 1664;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef class_1_accum_t accum_t;
    typedef class_1_bias_t bias_t;
    typedef class_1_weight_t weight_t;
    typedef layer24_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};

// class_1_relu
struct relu_config25 : nnet::activ_config {
    static const unsigned n_in = 32;
    static const unsigned table_size = 2097152;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef class_1_relu_table_t table_t;
};

// class_logits
struct config27 : nnet::dense_config {
    static const unsigned n_in = 32;
    static const unsigned n_out = 8;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 9;
    static const unsigned n_nonzeros = 247;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef class_logits_accum_t accum_t;
    typedef class_logits_bias_t bias_t;
    typedef class_logits_weight_t weight_t;
    typedef layer27_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};

// pt_0
struct config29 : nnet::dense_config {
    static const unsigned n_in = 64;
    static const unsigned n_out = 20;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 524;
    static const unsigned n_nonzeros = 756;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef pt_0_accum_t accum_t;
    typedef pt_0_bias_t bias_t;
    typedef pt_0_weight_t weight_t;
    typedef layer29_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};

// pt_0_relu
struct relu_config30 : nnet::activ_config {
    static const unsigned n_in = 20;
    static const unsigned table_size = 262144;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned reuse_factor = 1;
    typedef pt_0_relu_table_t table_t;
};

// jet_id_output
struct softmax_config31 : nnet::activ_config {
    static const unsigned n_in = 8;
    static const unsigned n_slice = 8;
    static const unsigned n_outer = 1;
    static const unsigned n_inner = 1;
    static const unsigned parallelization_factor = 1;
    static const unsigned exp_table_size = 8192;
    static const unsigned inv_table_size = 8192;
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
struct config33 : nnet::dense_config {
    static const unsigned n_in = 20;
    static const unsigned n_out = 1;
    static const unsigned io_type = nnet::io_parallel;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 0;
    static const unsigned n_nonzeros = 20;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor) - n_zeros / reuse_factor;
    static const bool store_weights_in_bram = false;
    typedef pT_output_accum_t accum_t;
    typedef pT_output_bias_t bias_t;
    typedef pT_output_weight_t weight_t;
    typedef layer33_index index_t;
    template<class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template<class x_T, class y_T>
    using product = nnet::product::mult<x_T, y_T>;
};


}

#endif
