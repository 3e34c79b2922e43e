// bench/options: what every suite is given.

export interface BenchOptions {
  preset: string;
  threads?: number;
  onnx?: string; // a folder with the medium model for onnxruntime: lm-int8.onnx, lm-f32.onnx
  corpus: string; // text to train on and to type: a file, a folder, or the built-in one's name
  model?: string; // an edge file that was trained on it
  characters: number; // to type
  log: (line: string) => void; // progress, on stderr
}
