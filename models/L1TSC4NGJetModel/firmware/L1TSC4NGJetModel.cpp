#include <iostream>

#include "L1TSC4NGJetModel.h"
#include "parameters.h"

namespace hls4ml_L1TSC4NGJetModel {

void L1TSC4NGJetModel(
    candidates_t candidates[16*20],
    jet_id_output_t layer53_out[8], pT_output_t layer55_out[1]
) {

    // hls-fpga-machine-learning insert IO
    #pragma HLS ARRAY_RESHAPE variable=candidates complete dim=0
    #pragma HLS ARRAY_PARTITION variable=layer53_out complete dim=0
    #pragma HLS ARRAY_PARTITION variable=layer55_out complete dim=0
    #pragma HLS INTERFACE ap_vld port=candidates,layer53_out,layer55_out 
    #pragma HLS PIPELINE

    // hls-fpga-machine-learning insert load weights

    // ****************************************
    // NETWORK INSTANTIATION
    // ****************************************

    // hls-fpga-machine-learning insert layers

    scale_t layer3_out[16*20];
    #pragma HLS ARRAY_PARTITION variable=layer3_out complete dim=0

    charged_t layer4_out[16*1];
    #pragma HLS ARRAY_PARTITION variable=layer4_out complete dim=0

    z0_t layer5_out[16*1];
    #pragma HLS ARRAY_PARTITION variable=layer5_out complete dim=0

    charged_count_t layer8_out[1];
    #pragma HLS ARRAY_PARTITION variable=layer8_out complete dim=0

    z0_sum_t layer9_out[1];
    #pragma HLS ARRAY_PARTITION variable=layer9_out complete dim=0

    one_over_count_t layer11_out[1];
    #pragma HLS ARRAY_PARTITION variable=layer11_out complete dim=0

    z0_mean_t layer13_out[1];
    #pragma HLS ARRAY_PARTITION variable=layer13_out complete dim=0

    z0_mean_everywhere_t layer15_out[16*1];
    #pragma HLS ARRAY_PARTITION variable=layer15_out complete dim=0

    z0_mean_of_charged_t layer16_out[16*1];
    #pragma HLS ARRAY_PARTITION variable=layer16_out complete dim=0

    z0_difference_t layer17_out[16*1];
    #pragma HLS ARRAY_PARTITION variable=layer17_out complete dim=0

    auto& layer18_out = layer17_out;
    relative_z0_t layer20_out[16];
    #pragma HLS ARRAY_PARTITION variable=layer20_out complete dim=0

    auto& layer22_out = layer20_out;
    z0_others_t layer23_out[16*21];
    #pragma HLS ARRAY_PARTITION variable=layer23_out complete dim=0

    z0_last_t layer24_out[16*21];
    #pragma HLS ARRAY_PARTITION variable=layer24_out complete dim=0

    z0_and_others_t layer25_out[16*21];
    #pragma HLS ARRAY_PARTITION variable=layer25_out complete dim=0

    particle_0_leading_t layer26_out[2*21];
    #pragma HLS ARRAY_PARTITION variable=layer26_out complete dim=0

    particle_0_context_iq_t layer27_out[2*21];
    #pragma HLS ARRAY_PARTITION variable=layer27_out complete dim=0

    particle_0_context_t layer28_out[32];
    #pragma HLS ARRAY_PARTITION variable=layer28_out complete dim=0

    particle_0_iq_t layer29_out[16*21];
    #pragma HLS ARRAY_PARTITION variable=layer29_out complete dim=0

    particle_0_t layer30_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer30_out complete dim=0

    particle_0_everywhere_t layer31_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer31_out complete dim=0

    quantizer_t layer32_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer32_out complete dim=0

    quantizer_1_t layer33_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer33_out complete dim=0

    particle_0_sum_t layer34_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer34_out complete dim=0

    particle_0_relu_t layer35_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer35_out complete dim=0

    particle_0_relu_relu_t layer36_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer36_out complete dim=0

    particle_1_iq_t layer37_out[16*32];
    #pragma HLS ARRAY_PARTITION variable=layer37_out complete dim=0

    particle_1_t layer38_out[16*64];
    #pragma HLS ARRAY_PARTITION variable=layer38_out complete dim=0

    particle_1_relu_t layer39_out[16*64];
    #pragma HLS ARRAY_PARTITION variable=layer39_out complete dim=0

    mean_iq_t layer40_out[16*64];
    #pragma HLS ARRAY_PARTITION variable=layer40_out complete dim=0

    mean_t layer41_out[64];
    #pragma HLS ARRAY_PARTITION variable=layer41_out complete dim=0

    class_0_iq_t layer42_out[64];
    #pragma HLS ARRAY_PARTITION variable=layer42_out complete dim=0

    class_0_t layer43_out[64];
    #pragma HLS ARRAY_PARTITION variable=layer43_out complete dim=0

    class_0_relu_t layer44_out[64];
    #pragma HLS ARRAY_PARTITION variable=layer44_out complete dim=0

    class_1_iq_t layer45_out[64];
    #pragma HLS ARRAY_PARTITION variable=layer45_out complete dim=0

    class_1_t layer46_out[32];
    #pragma HLS ARRAY_PARTITION variable=layer46_out complete dim=0

    class_1_relu_t layer47_out[32];
    #pragma HLS ARRAY_PARTITION variable=layer47_out complete dim=0

    class_logits_iq_t layer48_out[32];
    #pragma HLS ARRAY_PARTITION variable=layer48_out complete dim=0

    class_logits_t layer49_out[8];
    #pragma HLS ARRAY_PARTITION variable=layer49_out complete dim=0

    pt_0_iq_t layer50_out[64];
    #pragma HLS ARRAY_PARTITION variable=layer50_out complete dim=0

    pt_0_t layer51_out[20];
    #pragma HLS ARRAY_PARTITION variable=layer51_out complete dim=0

    pt_0_relu_t layer52_out[20];
    #pragma HLS ARRAY_PARTITION variable=layer52_out complete dim=0

    pT_output_iq_t layer54_out[20];
    #pragma HLS ARRAY_PARTITION variable=layer54_out complete dim=0

    nnet::einsum_dense<candidates_t, scale_t, config3>(candidates, layer3_out, w3, b3); // scale

    nnet::einsum_dense<scale_t, charged_t, config4>(layer3_out, layer4_out, w4, b4); // charged

    nnet::einsum_dense<scale_t, z0_t, config5>(layer3_out, layer5_out, w5, b5); // z0

    nnet::einsum_dense<charged_t, charged_count_t, config8>(layer4_out, layer8_out, w8, b8); // charged_count

    nnet::einsum_dense<z0_t, z0_sum_t, config9>(layer5_out, layer9_out, w9, b9); // z0_sum

    nnet::unary_lut<charged_count_t, one_over_count_t, unary_lut_config11>(layer8_out, layer11_out, table11); // one_over_count

    nnet::multiply<z0_sum_t, one_over_count_t, z0_mean_t, config13>(layer9_out, layer11_out, layer13_out); // z0_mean

    nnet::einsum_dense<z0_mean_t, z0_mean_everywhere_t, config15>(layer13_out, layer15_out, w15, b15); // z0_mean_everywhere

    nnet::multiply<charged_t, z0_mean_everywhere_t, z0_mean_of_charged_t, config16>(layer4_out, layer15_out, layer16_out); // z0_mean_of_charged

    nnet::subtract<z0_t, z0_mean_of_charged_t, z0_difference_t, config17>(layer5_out, layer16_out, layer17_out); // z0_difference

    nnet::unary_lut<z0_difference_t, relative_z0_t, unary_lut_config20>(layer18_out, layer20_out, table20); // relative_z0

    nnet::einsum_dense<scale_t, z0_others_t, config23>(layer3_out, layer23_out, w23, b23); // z0_others

    nnet::einsum_dense<relative_z0_t, z0_last_t, config24>(layer22_out, layer24_out, w24, b24); // z0_last

    nnet::add<z0_others_t, z0_last_t, z0_and_others_t, config25>(layer23_out, layer24_out, layer25_out); // z0_and_others

    nnet::einsum_dense<z0_and_others_t, particle_0_leading_t, config26>(layer25_out, layer26_out, w26, b26); // particle_0_leading

    hls4ml_L1TSC4NGJetModel::particle_0_context_iq<particle_0_leading_t, particle_0_context_iq_t>(layer26_out, layer27_out); // particle_0_context_iq

    nnet::einsum_dense<particle_0_context_iq_t, particle_0_context_t, config28>(layer27_out, layer28_out, w28, b28); // particle_0_context

    hls4ml_L1TSC4NGJetModel::particle_0_iq<z0_and_others_t, particle_0_iq_t>(layer25_out, layer29_out); // particle_0_iq

    nnet::einsum_dense<particle_0_iq_t, particle_0_t, config30>(layer29_out, layer30_out, w30, b30); // particle_0

    nnet::einsum_dense<particle_0_context_t, particle_0_everywhere_t, config31>(layer28_out, layer31_out, w31, b31); // particle_0_everywhere

    hls4ml_L1TSC4NGJetModel::quantizer<particle_0_t, quantizer_t>(layer30_out, layer32_out); // quantizer

    hls4ml_L1TSC4NGJetModel::quantizer_1<particle_0_everywhere_t, quantizer_1_t>(layer31_out, layer33_out); // quantizer_1

    nnet::add<quantizer_t, quantizer_1_t, particle_0_sum_t, config34>(layer32_out, layer33_out, layer34_out); // particle_0_sum

    nnet::einsum_dense<particle_0_sum_t, particle_0_relu_t, config35>(layer34_out, layer35_out, w35, b35); // particle_0_relu

    nnet::relu<particle_0_relu_t, particle_0_relu_relu_t, relu_config36>(layer35_out, layer36_out); // particle_0_relu_relu

    hls4ml_L1TSC4NGJetModel::particle_1_iq<particle_0_relu_relu_t, particle_1_iq_t>(layer36_out, layer37_out); // particle_1_iq

    nnet::einsum_dense<particle_1_iq_t, particle_1_t, config38>(layer37_out, layer38_out, w38, b38); // particle_1

    nnet::relu<particle_1_t, particle_1_relu_t, relu_config39>(layer38_out, layer39_out); // particle_1_relu

    hls4ml_L1TSC4NGJetModel::mean_iq<particle_1_relu_t, mean_iq_t>(layer39_out, layer40_out); // mean_iq

    nnet::global_pooling1d_cl<mean_iq_t, mean_t, config41>(layer40_out, layer41_out); // mean

    hls4ml_L1TSC4NGJetModel::class_0_iq<mean_t, class_0_iq_t>(layer41_out, layer42_out); // class_0_iq

    nnet::dense<class_0_iq_t, class_0_t, config43>(layer42_out, layer43_out, w43, b43); // class_0

    nnet::relu<class_0_t, class_0_relu_t, relu_config44>(layer43_out, layer44_out); // class_0_relu

    hls4ml_L1TSC4NGJetModel::class_1_iq<class_0_relu_t, class_1_iq_t>(layer44_out, layer45_out); // class_1_iq

    nnet::dense<class_1_iq_t, class_1_t, config46>(layer45_out, layer46_out, w46, b46); // class_1

    nnet::relu<class_1_t, class_1_relu_t, relu_config47>(layer46_out, layer47_out); // class_1_relu

    hls4ml_L1TSC4NGJetModel::class_logits_iq<class_1_relu_t, class_logits_iq_t>(layer47_out, layer48_out); // class_logits_iq

    nnet::dense<class_logits_iq_t, class_logits_t, config49>(layer48_out, layer49_out, w49, b49); // class_logits

    hls4ml_L1TSC4NGJetModel::pt_0_iq<mean_t, pt_0_iq_t>(layer41_out, layer50_out); // pt_0_iq

    nnet::dense<pt_0_iq_t, pt_0_t, config51>(layer50_out, layer51_out, w51, b51); // pt_0

    nnet::relu<pt_0_t, pt_0_relu_t, relu_config52>(layer51_out, layer52_out); // pt_0_relu

    nnet::softmax<class_logits_t, jet_id_output_t, softmax_config53>(layer49_out, layer53_out); // jet_id_output

    hls4ml_L1TSC4NGJetModel::pT_output_iq<pt_0_relu_t, pT_output_iq_t>(layer52_out, layer54_out); // pT_output_iq

    nnet::dense<pT_output_iq_t, pT_output_t, config55>(layer54_out, layer55_out, w55, b55); // pT_output

}

}
