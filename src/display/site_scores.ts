/**
 * From the figures of cases to those of sites, and from these to mean and spread: every site counts alike, whatever its
 * number of cases.
 *
 * @module
 */
import { type MaybeFigure, meanOf, type Spread, spreadOf } from "./statistics.ts";

/** The figures of one case by class name. */
export type ClassFigures = Readonly<Record<string, MaybeFigure>>;

/** One site. */
export interface SiteScore {
  /** Mean over the classes of {@linkcode SiteScore.perClass}, without those that are null. */
  readonly mean: number | null;
  /** By class name: mean over the cases, without those where the class has no figure. */
  readonly perClass: Readonly<Record<string, number | null>>;
}

/** All sites. */
export interface SiteSummary {
  /** Of the sites' means over their classes. */
  readonly overall: Spread;
  /** By class name: over the sites that have a figure of it. */
  readonly perClass: Readonly<Record<string, Spread>>;
}

/** A site's figures: of each class the mean over its cases, then the mean over the classes. */
export function scoreSite(cases: readonly ClassFigures[], classes: readonly string[]): SiteScore {
  const perClass = Object.fromEntries(classes.map((name) => [name, meanOf(cases.map((figures) => figures[name]))]));
  return { mean: meanOf(Object.values(perClass)), perClass };
}

/** Mean and spread over the sites, as a whole and class by class. */
export function spreadOverSites(scores: readonly SiteScore[], classes: readonly string[]): SiteSummary {
  return {
    overall: spreadOf(scores.map(({ mean }) => mean)),
    perClass: Object.fromEntries(
      classes.map((name) => [name, spreadOf(scores.map(({ perClass }) => perClass[name]))]),
    ),
  };
}

/**
 * Mean and spread over sites of every class that a case names.
 *
 * @param sites the cases' figures, site by site
 */
export function summariseSites(sites: readonly (readonly ClassFigures[])[]): SiteSummary {
  const classes = [...new Set(sites.flat().flatMap((figures) => Object.keys(figures)))];
  return spreadOverSites(sites.map((cases) => scoreSite(cases, classes)), classes);
}
