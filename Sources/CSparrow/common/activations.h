// Activation functions, from `vf_exp` and the operators alone: the same text serves float vectors
// and the double-precision scalars that check gradients.

#pragma once

VINLINE vf vf_sigmoid(vf v) { return (vf)1.0f / ((vf)1.0f + vf_exp(-v)); }

VINLINE vf vf_tanh(vf v) { return (vf)1.0f - (vf)2.0f / (vf_exp(v + v) + (vf)1.0f); }

// v * sigmoid(2 sqrt(2/pi) (v + 0.044715 v^3)): the "tanh approximation" of GELU.
VINLINE vf vf_gelu(vf v) {
  vf inner = vf_fma(v * v, (vf)(1.5957691216f * 0.044715f), (vf)1.5957691216f) * v;
  return v * vf_sigmoid(inner);
}

// Derivative of `vf_gelu`.
VINLINE vf vf_gelu_slope(vf v) {
  vf inner = vf_fma(v * v, (vf)(1.5957691216f * 0.044715f), (vf)1.5957691216f) * v;
  vf inner_slope = vf_fma(v * v, (vf)(3 * 1.5957691216f * 0.044715f), (vf)1.5957691216f);
  vf s = vf_sigmoid(inner);
  return vf_fma(v * inner_slope, s * ((vf)1.0f - s), s);
}
