/**
 * What a peer is told but for its pre-training, once defaults are filled in.
 *
 * Written by `deno task schema` from the descriptions that the parser checks by.
 *
 * @module
 */
import type { Triple } from "../core/triple.ts";

/** What a peer is told but for its pre-training, once defaults are filled in. */
export interface CommonSettings {
  /** How the site is called in logs and reports. */
  readonly name: string;
  /**
   * Modules that register variants of their own, which run with the peer's rights: paths from this file's folder, or
   * file: or https: URLs. Unit: modules.
   */
  readonly extensions: readonly string[];
  /** From which everything random is drawn. */
  readonly seed: number;
  /** The folder of keys, address book, checkpoints and audit log. */
  readonly stateDirectory: string;
  /** The folder of report and predictions. */
  readonly outputDirectory: string;
  /** What the site computes with. */
  readonly engine: EngineSettings;
  /** Which volumes the site has, and how they are prepared. */
  readonly data: DataSettings;
  /**
   * Plan together with the others: they exchange fingerprints of their volumes, and what the plan decides on is left
   * out of this file. With `data.spacing` and `network` as usual the plan is given: the others take it over.
   */
  readonly plan?: PlanSettings;
  /** The U-Net that all sites train. */
  readonly network: NetworkSettings;
  /** How long pre-training lasts, and how often weights are averaged. */
  readonly schedule: ScheduleSettings;
  /** How networks are trained with labels. */
  readonly fineTune: FineTuneSettings;
  /** What the site lets go; its own affair, whatever the others have. */
  readonly policy: PolicySettings;
  /** What the site writes down for those who follow its runs, and how long it keeps what is old. */
  readonly records: RecordsSettings;
  /** Who belongs, how they find one another, and how they average. */
  readonly mesh: MeshSettings;
  /** The live page of the site, for its administrator. */
  readonly web?: WebSettings;
}

/** What the site computes with. */
export interface EngineSettings {
  /** The tensor engine; "auto" takes the fastest that passes its self-test. */
  readonly name: "auto" | "tensorflow" | "webgpu" | "onednn" | "wasm" | "cpu";
  /** Processor threads that may compute. Unit: threads. */
  readonly threads?: number;
  /** The kind of graphics adapter that may be taken; "software" is for tests. */
  readonly adapter: "hardware" | "software";
  /** How the webgpu engine stores what layers give; float16 halves its memory, all is computed in float32. */
  readonly activations: "float32" | "float16";
  /** When the device is lost in the middle of the work: go on with the next best engine, or stop. */
  readonly onLoss: "fallback" | "stop";
  /**
   * Compute activations again for their gradients instead of keeping them: less memory for more time, same results.
   */
  readonly recompute: boolean;
}

/** Which volumes the site has, and how they are prepared. */
export interface DataSettings {
  /** A Decathlon, nnU-Net raw or plain folder of volumes. */
  readonly directory: string;
  /** The spacing along x, y, z to which every volume is brought; null keeps each volume's own. Unit: mm. */
  readonly spacing: Triple | null;
  /** The longer in-plane extent, for data whose headers have lost the voxel size. Unit: mm. */
  readonly fieldOfView?: number;
  /** The distance between slices, for data whose headers have lost it. Unit: mm. */
  readonly sliceSpacing?: number;
  /** The extent along x, y, z of what is kept of each volume about its middle. Unit: mm. */
  readonly crop?: Triple;
  /** Which cases serve for what. */
  readonly split?: DataSplitSettings;
  /**
   * How many labelled cases to fine-tune with, where no split is given; 0: the site takes part as one without labels
   * does. Unit: cases.
   */
  readonly labelled: number;
  /**
   * The structures' names by label value, as the others' dataset.json has them: a site whose data name none must
   * know them to fine-tune with the others.
   */
  readonly labels?: Readonly<Record<string, string>>;
  /** Batches that a thread of its own prepares ahead while the engine trains; 0: each in its turn. Unit: batches. */
  readonly ahead: number;
  /** How much memory the peer may take; volumes that need more are refused before anything starts. Unit: GiB. */
  readonly memory?: number;
}

/** Which cases serve for what. */
export interface DataSplitSettings {
  /** Cases to pre-train with; they need no labels. Unit: case ids. */
  readonly training: readonly string[];
  /** Cases to fine-tune with. Unit: case ids. */
  readonly labelled: readonly string[];
  /** Cases on which the representation's health is measured; they need no labels. Unit: case ids. */
  readonly probe: readonly string[];
  /** Cases on which the networks are tested. Unit: case ids. */
  readonly test: readonly string[];
}

/**
 * Plan together with the others: they exchange fingerprints of their volumes, and what the plan decides on is left
 * out of this file. With `data.spacing` and `network` as usual the plan is given: the others take it over.
 */
export interface PlanSettings {
  /**
   * The budget, which the slowest site keeps to: it decides on the network's size, `schedule.rounds`,
   * `schedule.stepsPerRound` and `fineTune.steps`. Unit: min.
   */
  readonly minutes?: number;
  /** Time after which the sites that are there plan without those that have not said anything. Unit: s. */
  readonly patience: number;
}

/** The U-Net that all sites train. */
export interface NetworkSettings {
  /** Channels of the finest level; each coarser level has twice as many. Unit: channels. */
  readonly baseFilters: number;
  /** Resolutions, the input's own included. Unit: levels. */
  readonly levels: number;
  /**
   * How each convolution's output is normalised; "group": over 8 groups of channels, or fewer where 8 does not
   * divide them.
   */
  readonly norm: "instance" | "group";
  /**
   * Extent along z, y, x of a patch of fine-tuning, and of pre-training where `pretrain` says no other. Unit:
   * voxels.
   */
  readonly patch: Triple;
  /** Reductions along z, y, x from each level to the next: one entry fewer than there are levels. Unit: factor. */
  readonly pool: readonly Triple[];
}

/** How long pre-training lasts, and how often weights are averaged. */
export interface ScheduleSettings {
  /** Rounds of pre-training. Unit: rounds. */
  readonly rounds: number;
  /** Training steps between two averagings. Unit: steps. */
  readonly stepsPerRound: number;
  /**
   * Steps of averaging after each round, each with the members that the topology plans for it, if they are there.
   * Unit: steps of averaging.
   */
  readonly exchanges: number;
  /**
   * Time from the peer's start after which training is ended: what is left of its steps is cut, what is trained is
   * kept and tested. Time in which the peer does not run does not count. Unit: min.
   */
  readonly minutes?: number;
  /**
   * Of that time, start-up apart, the share after which pre-training is ended where networks are then fine-tuned.
   * Unit: share.
   */
  readonly pretrainShare?: number;
  /**
   * Training steps in a row without finite loss and gradients, each of which is skipped, that end a training with a
   * diagnosis. Not `mesh.patience`, which is a time. Unit: steps.
   */
  readonly patience: number;
}

/** How networks are trained with labels. */
export interface FineTuneSettings {
  /**
   * Each site by itself (local), or together (federated): rounds between which the networks' weights are averaged as
   * in pre-training.
   */
  readonly mode: "local" | "federated";
  /**
   * Whether a second network is fine-tuned beside the pre-trained one, from scratch and as long, to tell what
   * pre-training gains; it takes as much time again.
   */
  readonly baseline?: boolean;
  /** How many rounds the steps are dealt into where sites fine-tune together. Unit: rounds. */
  readonly rounds?: number;
  /** Steps of fine-tuning, all rounds together. Unit: steps. */
  readonly steps: number;
  /** Patches a step. Unit: patches. */
  readonly batch: number;
  /** The decoder's rate. */
  readonly learningRate: number;
  /** The encoder's rate, as a share of the decoder's, when it is pre-trained; 0: it stays frozen. Unit: share. */
  readonly encoderRate: number;
  /** First steps with the pre-trained encoder frozen. Unit: steps. */
  readonly warmUpSteps: number;
  /** How the learning rate falls. */
  readonly schedule?: "polynomial" | "cosine" | "constant";
  /** Share of the training over which the learning rate first rises linearly, pre-trained or not. Unit: share. */
  readonly rateWarmUp?: number;
  /**
   * Share of the training that goes before, in which the decoder alone is trained, at a rate that rises linearly,
   * when the encoder is pre-trained; the rate then begins anew for the whole network. Unit: share.
   */
  readonly decoderFirst?: number;
  /**
   * The rate of each level of a pre-trained encoder as a share of that of the next coarser one, so that the finest
   * moves least. Unit: share.
   */
  readonly levelDecay?: number;
  /**
   * The rate of those levels of the decoder that are pre-trained, as a share of its others'; 0: they stay frozen.
   * Unit: share.
   */
  readonly decoderRate?: number;
  /**
   * How strongly what is pre-trained is pulled back to what it was (L2-SP): each step takes the rate times this of
   * the way back.
   */
  readonly pull?: number;
  /** How far the cross-entropy favours rare classes: 0 not at all, 1 until every class counts the same. */
  readonly balance: number;
  /**
   * Whether the coarser levels of the decoder learn from the labels, too, the next one half as much, and so on;
   * takes at least three levels.
   */
  readonly deepSupervision?: boolean;
  /**
   * Axes along which test volumes are mirrored, too, the mean of all mirrorings counting: n axes take 2^n times as
   * long. Of use along those that `mirror` has; "auto" as there.
   */
  readonly testMirroring?: "auto" | readonly ("z" | "y" | "x")[];
  /**
   * Whether of structures that lie in one piece in all labelled cases of the site a prediction keeps the largest
   * part only.
   */
  readonly keepLargest: boolean;
  /**
   * How training volumes without labels are learnt from while the network is fine-tuned, where the site has any;
   * null: not at all.
   */
  readonly unlabelled: FineTuneUnlabelledSettings | null;
  /**
   * Decay a step of the moving average of the weights, which labels unlabelled patches and may be what is tested;
   * over the first steps it is less.
   */
  readonly average?: number;
  /** Which weights are tested: those after the last step, or their moving average. */
  readonly tested?: "last" | "average";
  /**
   * How patches are changed at random: mildly (default), as nnU-Net does (nnunet), that more often and with elastic
   * deformation (strong), or mildly where the site has many labelled cases and strongly where it has few (auto).
   */
  readonly augmentation: string;
  /**
   * How much oftener cases are drawn that hold a class which few cases hold: 0 not at all, 1 so that a class which
   * half of them hold is worth two.
   */
  readonly oversampling?: number;
  /**
   * Learn which share of a voxel each structure takes, where labels are brought to a coarser grid, in place of the
   * structure that takes the most.
   */
  readonly softLabels: boolean;
  /**
   * Axes along which patches may be mirrored; "auto": those along which no label's name tells sides apart, such as
   * left and right along x.
   */
  readonly mirror?: "auto" | readonly ("z" | "y" | "x")[];
}

/** One of `fineTune.unlabelled`. */
export interface FineTuneUnlabelledSettings {
  /**
   * What the network sees of an unlabelled patch that a moving average of it has labelled: the same with other
   * intensities (mean-teacher), with boxes of other unlabelled patches, too (weak-to-strong), or boxes exchanged
   * with labelled patches (copy-paste).
   */
  readonly variant: string;
  /** What their loss counts beside that of labelled patches. */
  readonly weight: number;
  /** Share of the training over which the weight rises to its full size, slowly at first. Unit: share. */
  readonly ramp: number;
  /** How sure the average must be of a voxel's class, as a probability, for the voxel to count. */
  readonly threshold: number;
  /** Unlabelled patches a step. Unit: patches. */
  readonly batch: number;
  /**
   * Whether of each class's voxels only the largest connected part of a patch keeps the class; what lies apart from
   * it does not count.
   */
  readonly largest: boolean;
  /**
   * What a volume without labels counts for in the average of sites that fine-tune together, beside 1 for a labelled
   * case. Unit: labelled cases.
   */
  readonly mass: number;
  /**
   * The share of the rounds, one at least, after which sites without labels join those that fine-tune together;
   * until then they contribute nothing. Unit: share.
   */
  readonly joinAfter: number;
}

/** What the site lets go; its own affair, whatever the others have. */
export interface PolicySettings {
  /** Most features that are released in a round, whatever pre-training asks for; 0: none. Unit: features. */
  readonly featuresPerRound: number;
  /**
   * Gaussian noise that makes each release (epsilon, delta)-differentially private for each single embedding, of L2
   * norm 1; null: none. It does not cover the weights, and a volume has many embeddings.
   */
  readonly noise: PolicyNoiseSettings | null;
  /**
   * The epsilon, at the noise's delta, that all releases together may spend: then no features leave any more.
   * Required with noise, where it must be at least its epsilon; refused without.
   */
  readonly totalEpsilon: number | null;
  /** Clips what each round of training adds to the shared weights, and gives it Gaussian noise. */
  readonly weights?: PolicyWeightsSettings;
  /**
   * Whether counts, medians and ranges of the site's volumes leave where sites plan together; false: the site takes
   * over what the others plan.
   */
  readonly fingerprint?: boolean;
}

/** One of `policy.noise`. */
export interface PolicyNoiseSettings {
  /** What each release may tell of a single embedding. */
  readonly epsilon: number;
  /** The probability that it tells more. Unit: probability. */
  readonly delta: number;
}

/** Clips what each round of training adds to the shared weights, and gives it Gaussian noise. */
export interface PolicyWeightsSettings {
  /** The L2 norm that a round's update has at most; longer ones are shortened. */
  readonly clip: number;
  /** What one update may tell of whether it is there or nothing. */
  readonly epsilon: number;
  /** The probability that it tells more. Unit: probability. */
  readonly delta: number;
  /**
   * The epsilon, at delta, that all updates together may spend: then this site adds nothing to the weights any more.
   * At least epsilon.
   */
  readonly totalEpsilon: number;
  /** Of what epsilon speaks. */
  readonly protects: "update";
}

/** What the site writes down for those who follow its runs, and how long it keeps what is old. */
export interface RecordsSettings {
  /** Append loss, distance, health and Dice to `curves.csv` in the folder of results as they come. */
  readonly curves: boolean;
  /** A file that gets the log, whatever standard output shows. */
  readonly log?: RecordsLogSettings;
  /**
   * How long the checkpoints of a finished run are kept; they are deleted at its end or at a later start. Without
   * them it is finished for good: more rounds, or another fine-tuning, take a new training. Unit: days.
   */
  readonly finishedDays?: number;
  /**
   * Of how many earlier trainings, which `--begin-anew` has moved to `before-N`, checkpoints and predictions are
   * kept at least; those of others are deleted at the start, unless `earlierDays` keeps them. Models, reports,
   * curves and splits stay. Unit: trainings.
   */
  readonly earlierRuns?: number;
  /**
   * How long checkpoints and predictions of earlier trainings are kept at least; those of others are deleted
   * likewise, unless `earlierRuns` keeps them. Unit: days.
   */
  readonly earlierDays?: number;
}

/** A file that gets the log, whatever standard output shows. */
export interface RecordsLogSettings {
  /** Where the log goes. */
  readonly file: string;
  /** Lines with date, level and site for people, or one JSON object a line. */
  readonly format: "text" | "json";
  /** How large the file may grow; then it is renamed to FILE.1, FILE.1 to FILE.2, and so on. Unit: MiB. */
  readonly size: number;
  /** Files that are kept, the growing one among them; the oldest one beyond is deleted. Unit: files. */
  readonly files: number;
}

/** Who belongs, how they find one another, and how they average. */
export interface MeshSettings {
  /** The charter's file, which says who belongs; it takes the place of `consortium` and `members`. */
  readonly charter?: string;
  /** The name by which the sites know that they belong together. */
  readonly consortium?: string;
  /** Who may take part, this peer itself among them or not. Unit: peer ids. */
  readonly members?: readonly string[];
  /** Where to listen for the others; an empty list: this peer only calls. Unit: multiaddresses. */
  readonly listen: readonly string[];
  /**
   * UDP port on which to listen over QUIC and from which to call, so that sites behind NATs may meet directly; 0:
   * any. Experimental.
   */
  readonly quic?: number;
  /** Ask the router, by NAT-PMP or UPnP, to forward the ports that are listened on. */
  readonly portMapping: boolean;
  /** The certificate for addresses in `listen` that end in /wss; read again each hour. */
  readonly tls?: MeshTlsSettings;
  /** Where else others reach this peer: a forwarded port, a proxy that ends TLS. Unit: multiaddresses. */
  readonly announce: readonly string[];
  /** Members to dial first. Unit: multiaddresses. */
  readonly bootstrap: readonly string[];
  /** Relays through which others reach this peer, with /p2p/ID; they need not be members. Unit: multiaddresses. */
  readonly relays: readonly string[];
  /** Carry connections between members that cannot reach each other directly. */
  readonly relay: boolean;
  /** Meet members in a hash table of theirs, so that knowing one is enough. */
  readonly dht: boolean;
  /** Find members on the local network. */
  readonly mdns: boolean;
  /** How weights are averaged. */
  readonly averaging: MeshAveragingSettings;
  /**
   * Other members that must be there before this site begins to train; it waits for them as long as it takes, in the
   * time of `schedule.minutes`. A run that goes on waits for none. Unit: members.
   */
  readonly quorum: number;
  /**
   * Time, at most, to wait in a step of averaging for planned partners that are one step behind; less where the
   * others came sooner in the latest steps, and never less than this site's own work took between two. Masked sums
   * wait so long whatever was. Not `schedule.patience`, which counts training steps. Unit: ms.
   */
  readonly patience: number;
}

/** The certificate for addresses in `listen` that end in /wss; read again each hour. */
export interface MeshTlsSettings {
  /** The certificate's file, PEM: the host's own first, then those that signed it. */
  readonly certificate: string;
  /** The file of its private key, PEM, without a password. */
  readonly key: string;
}

/** How weights are averaged. */
export interface MeshAveragingSettings {
  /** Who mixes with whom. */
  readonly topology: string;
  /** Members to mix with in a step of averaging, where the topology leaves a choice. Unit: members. */
  readonly degree: number;
  /** How weights are encoded on the way. */
  readonly compression: string;
  /** What is made of the vectors that come. */
  readonly rule: string;
  /**
   * Give weights to sums over all who are there only, masked, so that no member sees another's. Goes with the
   * topology `complete`, the rule `mean`, the compression `none` and three members or more.
   */
  readonly secure?: boolean;
  /** What becomes of the local steps between two exchanges. */
  readonly outer: MeshAveragingOuterSettings;
}

/** What becomes of the local steps between two exchanges. */
export interface MeshAveragingOuterSettings {
  /** The outer optimiser. */
  readonly name: string;
  /** Factor on what a round changed. Refused with plain averaging, which has none. */
  readonly learningRate?: number;
  /** What is carried on of the round before. Refused with plain averaging, which has none. */
  readonly momentum?: number;
}

/** The live page of the site, for its administrator. */
export interface WebSettings {
  /**
   * Where the page is served: an IP address or localhost, and a port, as in 127.0.0.1:8080; a port alone is one of
   * this machine alone. Others than this machine's own need a token.
   */
  readonly listen: string;
  /** Who sees the page must know it. */
  readonly token?: string;
  /** Names by which else the page is asked for, as by a proxy before it; IP addresses and localhost always are. */
  readonly hosts: readonly string[];
  /**
   * Whether `/metrics` tells libp2p's own figures, too: connections, dials, bytes by protocol. It takes the
   * permission --allow-sys=systemMemoryInfo,statfs.
   */
  readonly libp2p?: boolean;
}
