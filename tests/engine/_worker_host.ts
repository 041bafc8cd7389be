// Starts _worker.ts in a Worker and prints what it computed.

const worker = new Worker(import.meta.resolve("./_worker.ts"), { type: "module" });
worker.onmessage = ({ data }) => {
  console.log(data);
  worker.terminate();
};
