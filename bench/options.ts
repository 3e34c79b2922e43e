// bench/options: what every suite is given.

export interface BenchOptions {
  preset: string;
  threads?: number;
  onnx?: string; // a folder with the medium model for onnxruntime: lm-int8.onnx, lm-f32.onnx
  log: (line: string) => void; // progress, on stderr
}
