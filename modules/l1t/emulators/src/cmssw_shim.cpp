// Drives a library with create_model and destroy_model as CMSSW does, from plain arrays.
//
// CLASSES: number of scores; INTERFACE_V2: for models of version 2.
#include <dlfcn.h>

#include <cstdio>
#include <exception>
#include <vector>

#include "hls4ml/emulator.h"
#include "interface.h"

namespace {
typedef hls4mlEmulator::Model* (*create_function)();
typedef void (*destroy_function)(hls4mlEmulator::Model*);

struct Handle {
  void* library;
  hls4mlEmulator::Model* model;
  destroy_function destroy;
};

void* failed(char* message, long size, const char* text) {
  std::snprintf(message, size, "%s", text);
  return nullptr;
}
}  // namespace

extern "C" {
void* pyrun_open(const char* path, char* message, long size) {
  void* library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
  if (!library)
    return failed(message, size, dlerror());
  auto create = reinterpret_cast<create_function>(dlsym(library, "create_model"));
  auto destroy = reinterpret_cast<destroy_function>(dlsym(library, "destroy_model"));
  if (!create || !destroy) {
    dlclose(library);
    return failed(message, size, "it has no create_model and destroy_model");
  }
  return new Handle{library, create(), destroy};
}

void pyrun_close(void* handle) {
  auto* h = static_cast<Handle*>(handle);
  h->destroy(h->model);
  dlclose(h->library);
  delete h;
}

// 0, or 1 and a message if the model does not know these types
int pyrun_run(void* handle, long jets, long inputs, long per_candidate, const double* candidates, const double* of_jets,
              double* answers, char* message, long size) {
  auto* model = static_cast<Handle*>(handle)->model;
  try {
#ifdef INTERFACE_V2
    std::vector<input_v2> in(inputs);
    input_v2 of_jet[2], scores[CLASSES], regression[1];
    ModelInputs given{in.data(), of_jet, static_cast<int>(per_candidate), 2};
    ModelOutputs result{scores, regression};
#else
    std::vector<input_v1> in(inputs);
    result_v1 result;
    auto& scores = result.second;
    auto& regression = result.first;
#endif
    for (long jet = 0; jet < jets; jet++) {
      for (long i = 0; i < inputs; i++)
        in[i] = candidates[jet * inputs + i];
#ifdef INTERFACE_V2
      for (long i = 0; i < 2; i++)
        of_jet[i] = of_jets[jet * 2 + i];
      model->prepare_input(given);
#else
      model->prepare_input(in.data());
#endif
      model->predict();
      model->read_result(&result);
      for (long i = 0; i < CLASSES; i++)
        answers[jet * (CLASSES + 1) + i] = scores[i].to_double();
      answers[jet * (CLASSES + 1) + CLASSES] = regression[0].to_double();
    }
  } catch (const std::exception& error) {
    failed(message, size, error.what());
    return 1;
  }
  return 0;
}
}
