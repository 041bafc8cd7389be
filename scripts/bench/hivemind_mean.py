"""
Time to the mean of hivemind's averaging (https://github.com/learning-at-home/hivemind), for `bench network`: so many
peers, each with a DHT, a daemon and an averager in processes of their own on loopback, begin with their number in every
value of a vector and average in groups of all, until everybody is within a thousandth of the first range of values.

    python hivemind_mean.py PEERS VALUES REST

begins REST seconds after all are ready, and prints one line of JSON: {"seconds": until then, "rounds": steps that it
took, "version": hivemind's}. Peers are forks of one process, so that PyTorch is loaded once.
"""

import json
import multiprocessing
import sys
import time

import hivemind
import torch

TOLERANCE = 1e-3
MOST_ROUNDS = 20
STEP_SECONDS = 60


def peer(number, count, values, pipe):
    """Averages once for each "step" that comes, and tells its first value and whether a group was found."""
    torch.set_num_threads(1)
    initial = pipe.recv()
    dht = hivemind.DHT(initial_peers=initial, host_maddrs=["/ip4/127.0.0.1/tcp/0"], start=True)
    pipe.send([str(address) for address in dht.get_visible_maddrs()])
    averager = hivemind.DecentralizedAverager(
        [torch.full((values,), float(number))], dht, prefix="mean", target_group_size=count, start=True
    )
    pipe.send("ready")
    while pipe.recv() == "step":
        try:
            found = averager.step(timeout=STEP_SECONDS) is not None
        except Exception:  # a step without a group
            found = False
        with averager.get_tensors() as (tensor,):
            pipe.send((float(tensor[0]), found))
    averager.shutdown()
    dht.shutdown()


def main():
    count, values, rest = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    pipes, peers = [], []
    for number in range(count):
        here, there = multiprocessing.Pipe()
        process = multiprocessing.Process(target=peer, args=(number, count, values, there))
        process.start()
        pipes.append(here)
        peers.append(process)
    pipes[0].send([])
    addresses = pipes[0].recv()
    for pipe in pipes[1:]:
        pipe.send(addresses)
    for pipe in pipes[1:]:
        pipe.recv()
    for pipe in pipes:
        pipe.recv()  # ready
    time.sleep(rest)
    began = time.perf_counter()
    for rounds in range(1, MOST_ROUNDS + 1):
        for pipe in pipes:
            pipe.send("step")
        found = [pipe.recv() for pipe in pipes]
        far = max(abs(value - (count - 1) / 2) for value, _ in found) / (count - 1)
        print(f"step {rounds}: {sum(one for _, one in found)} in a group, {far:.4f} away", file=sys.stderr)
        if far <= TOLERANCE:
            break
    else:
        raise SystemExit(f"{count} peers have not come to the mean in {MOST_ROUNDS} steps")
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "rounds": rounds, "version": hivemind.__version__}), flush=True)
    for pipe in pipes:
        pipe.send("end")
    for process in peers:
        process.join(timeout=10)
        process.kill()


if __name__ == "__main__":
    main()
