/**
 * How an evaluation is run, once defaults are filled in.
 *
 * Written by `deno task schema` from the descriptions that the parser checks by.
 *
 * @module
 */
import type { Triple } from "../../core/triple.ts";

/** How an evaluation is run, once defaults are filled in. */
export interface Protocol {
  /**
   * Modules that register variants of their own, which run with the peer's rights: paths from this file's folder, or
   * file: or https: URLs. Unit: modules.
   */
  readonly extensions?: readonly string[];
  /** How volumes are prepared. */
  readonly data: ProtocolData;
  /** Which subjects serve for what. */
  readonly split: ProtocolSplit;
  /** The U-Net that is trained. */
  readonly network: ProtocolNetwork;
  /** How long pre-training lasts, and how often weights are averaged. */
  readonly schedule: ProtocolSchedule;
  /** What all methods' pre-training is told; what is left out has its objective's default. */
  readonly pretrain: Readonly<Record<string, unknown>>;
  /** How networks are trained with labels. */
  readonly fineTune: ProtocolFineTune;
  /** How weights are averaged. */
  readonly averaging: ProtocolAveraging;
  /** Methods beside, or instead of, the objectives by their own names. */
  readonly methods: Readonly<Record<string, ProtocolMethods>>;
}

/** How volumes are prepared. */
export interface ProtocolData {
  /** The longer in-plane extent, for data whose headers have lost the voxel size. Unit: mm. */
  readonly fieldOfView?: number;
  /** The distance between slices, for data whose headers have lost it. Unit: mm. */
  readonly sliceSpacing?: number;
  /** The extent along x, y, z of what is kept of each volume about its middle. Unit: mm. */
  readonly crop?: Triple;
  /** Most voxels of the median prepared volume. Unit: voxels. */
  readonly voxels: number;
}

/** Which subjects serve for what. */
export interface ProtocolSplit {
  /** Decides who is in which fold; the same for all seeds of training, so that no held subject is ever tested. */
  readonly seed: number;
  /** Folds of the test. Unit: folds. */
  readonly folds: number;
  /** Most subjects a site, drawn by the seed. Unit: subjects. */
  readonly subjects?: number;
  /** Subjects a site on whom the representation's health is measured. Unit: subjects. */
  readonly probe: number;
  /** Subjects a site on whom schedules are chosen, tested in no fold. Unit: subjects. */
  readonly held: number;
  /** Sites whose networks are fine-tuned and tested; the others pre-train only. Unit: sites. */
  readonly tested: number;
  /** The sites that are tested, by their places in the list, from 1. */
  readonly testedSites?: readonly number[];
  /**
   * The sites that have labels, by their places in the list, from 1. Where sites fine-tune together, the others
   * learn from their volumes without labels as `fineTune.unlabelled` says, or take the network as it is.
   */
  readonly labelledSites?: readonly number[];
  /**
   * Where sites fine-tune alone, on whose cases each network is tested: its own site's, or those of all tested
   * sites, as networks that are trained together are.
   */
  readonly testedOn?: "own" | "all";
}

/** The U-Net that is trained. */
export interface ProtocolNetwork {
  /** Channels of the finest level; each coarser level has twice as many. Unit: channels. */
  readonly baseFilters: number;
  /** Resolutions, the input's own included. Unit: levels. */
  readonly levels: number;
  /**
   * How each convolution's output is normalised; "group": over 8 groups of channels, or fewer where 8 does not
   * divide them.
   */
  readonly norm: "instance" | "group";
  /** Most voxels of a patch. Unit: voxels. */
  readonly patchVoxels: number;
}

/** How long pre-training lasts, and how often weights are averaged. */
export interface ProtocolSchedule {
  /** Rounds of pre-training. Unit: rounds. */
  readonly rounds: number;
  /** Training steps between two averagings. Unit: steps. */
  readonly stepsPerRound: number;
  /**
   * Steps of averaging after each round, each with the members that the topology plans for it, if they are there.
   * Unit: steps of averaging.
   */
  readonly exchanges: number;
}

/** How networks are trained with labels. */
export interface ProtocolFineTune {
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
  readonly unlabelled: ProtocolFineTuneUnlabelled | null;
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
  /** How many rounds the steps are dealt into where sites fine-tune together. Unit: rounds. */
  readonly rounds: number;
  /**
   * Steps of averaging after each of these rounds, the same for methods that exchange nothing in pre-training. Unit:
   * steps of averaging.
   */
  readonly exchanges: number;
  /** Steps after which the networks are tested on the way, too: for curves of Dice over steps. Unit: steps. */
  readonly testEvery?: number;
}

/** One of `fineTune.unlabelled`. */
export interface ProtocolFineTuneUnlabelled {
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

/** How weights are averaged. */
export interface ProtocolAveraging {
  /** Who mixes with whom. */
  readonly topology: string;
  /** Members to mix with in a step of averaging, where the topology leaves a choice. Unit: members. */
  readonly degree: number;
  /** How weights are encoded on the way. */
  readonly compression: string;
  /** What is made of the vectors that come. */
  readonly rule: string;
}

/** One of `methods`. */
export interface ProtocolMethods {
  /** What its pre-training learns. */
  readonly objective?: string;
  /** Another method whose pre-training it goes on from: nothing but `fineTune` may differ. */
  readonly like?: string;
  /** Where weights are mixed: among peers, or in one place, exactly, as FedAvg does. */
  readonly mixing: "gossip" | "central";
  /** What its pre-training is told before what the protocol says. */
  readonly pretrain: Readonly<Record<string, unknown>>;
  /** What of the schedule is other for it. */
  readonly schedule: Readonly<Record<string, unknown>>;
  /** What of fine-tuning is other for it. */
  readonly fineTune: Readonly<Record<string, unknown>>;
  /** What of averaging is other for it. */
  readonly averaging: Readonly<Record<string, unknown>>;
  /** What the sites let go. */
  readonly policy: ProtocolMethodsPolicy;
  /** No pre-training of its own: the encoders that a method of another evaluation came to, on another data set. */
  readonly from?: ProtocolMethodsFrom;
  /** A site, by its place in the list, that leaves for good after a round of pre-training. */
  readonly leaves?: ProtocolMethodsLeaves;
}

/** What the sites let go. */
export interface ProtocolMethodsPolicy {
  /** Most features that are released in a round, whatever pre-training asks for; 0: none. Unit: features. */
  readonly featuresPerRound: number;
  /**
   * Gaussian noise that makes each release (epsilon, delta)-differentially private for each single embedding, of L2
   * norm 1; null: none. It does not cover the weights, and a volume has many embeddings.
   */
  readonly noise: ProtocolMethodsPolicyNoise | null;
  /**
   * The epsilon, at the noise's delta, that all releases together may spend: then no features leave any more.
   * Required with noise, where it must be at least its epsilon; refused without.
   */
  readonly totalEpsilon: number | null;
}

/** One of `methods.policy.noise`. */
export interface ProtocolMethodsPolicyNoise {
  /** What each release may tell of a single embedding. */
  readonly epsilon: number;
  /** The probability that it tells more. Unit: probability. */
  readonly delta: number;
}

/** No pre-training of its own: the encoders that a method of another evaluation came to, on another data set. */
export interface ProtocolMethodsFrom {
  /** The folder of the other evaluation. */
  readonly evaluation: string;
  /** The method's name there. */
  readonly method: string;
}

/** A site, by its place in the list, that leaves for good after a round of pre-training. */
export interface ProtocolMethodsLeaves {
  /** Its place in the list, from 1. */
  readonly site: number;
  /** The round after which it leaves. */
  readonly round: number;
}
