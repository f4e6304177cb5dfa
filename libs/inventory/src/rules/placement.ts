import type { Contract, Endpoint } from '@ai-stack/core';
import type { Draft } from '../draft';
import { nearest } from '../nearest';
import { placedOn, placementIsKnown, repeated, servicesOf, whole, type Rule } from './rule';
import type { Source } from '../source';

/** An environment has at least one host. */
const checkHostCount: Rule = ({ hosts, settings }, report) => {
  if (hosts.length > 0) return;
  report(settings, [], 'this environment has no host', 'write hosts/<name>.yaml next to this file');
};

/** A host names services that exist, each once. */
const checkPlacedServices: Rule = ({ hosts, contracts }, report) => {
  const serviceNames = contracts.map(({ name }) => name);
  for (const host of hosts) {
    const placed = servicesOf(host).map((service, at) => ({ service, at }));
    for (const { service, at } of placed) {
      if (serviceNames.includes(service)) continue;
      const near = nearest(service, serviceNames);
      const fix =
        near === undefined ? 'remove it, or write its apps/<service>' : `did you mean ${near}?`;
      report(
        host,
        ['services', at],
        `unknown service ${JSON.stringify(service)}, allowed: ${serviceNames.join(', ')}`,
        fix,
      );
    }
    for (const { again } of repeated(placed, ({ service }) => service))
      report(host, ['services', again.at], `${again.service} is named twice`, 'remove one of them');
  }
};

/** What a placed service cannot do without is placed, too. */
const checkNeedsPlaced: Rule = (draft, report) => {
  if (!placementIsKnown(draft)) return;
  for (const { source, value } of whole(draft.contracts)) {
    const [host] = placedOn(draft.hosts, source.name);
    if (host === undefined) continue;
    for (const { service, optional } of value.needs) {
      if (optional || placedOn(draft.hosts, service).length > 0) continue;
      if (!draft.contracts.some(({ name }) => name === service)) continue;
      report(
        host,
        ['services', servicesOf(host).indexOf(source.name)],
        `${source.name} needs ${service}, which is not placed on any host`,
        `add ${service} to the services of a host`,
      );
    }
  }
};

/** On one host, no port is published by two services. */
const checkPorts: Rule = (draft, report) => {
  for (const host of draft.hosts) {
    const published = servicesOf(host).flatMap((service, at) =>
      publishedBy(draft, service, host).map((endpoint) => ({ service, at, port: endpoint.port })),
    );
    const unique = published.filter(
      (endpoint, at) =>
        published.findIndex(
          ({ service, port }) => service === endpoint.service && port === endpoint.port,
        ) === at,
    );
    for (const { first, again } of repeated(unique, ({ port }) => String(port))) {
      report(
        host,
        ['services', again.at],
        `${first.service} and ${again.service} both publish port ${again.port} on ${host.name}`,
        `place one of them on another host, or change the port in apps/${again.service}/service.yaml`,
      );
    }
  }
};

/** In one environment, no DNS label is used by two endpoints. */
const checkLabels: Rule = (draft, report) => {
  const labelled = whole(draft.contracts)
    .filter(({ source }) => placedOn(draft.hosts, source.name).length > 0)
    .flatMap(({ source, value }) =>
      value.endpoints.flatMap(({ label }, at) =>
        label === undefined ? [] : [{ source, label, at }],
      ),
    );
  for (const { first, again } of repeated(labelled, ({ label }) => label)) {
    report(
      again.source,
      ['endpoints', again.at, 'label'],
      `the label ${again.label} is used by ${first.source.name} and ${again.source.name}`,
      'change one of the labels, or place only one of these services',
    );
  }
};

/** The endpoints that are published on the host's address: internal ones, and those needed from another host. */
function publishedBy(draft: Draft, service: string, host: Source<unknown>): Endpoint[] {
  const contract = draft.contracts.find(({ name }) => name === service)?.value;
  return (contract?.endpoints ?? []).filter(
    ({ exposure }) => exposure === 'internal' || isNeededFromOutside(draft, service, host),
  );
}

/** The same question as core's isNeededElsewhere, of files that may be broken. */
function isNeededFromOutside(draft: Draft, service: string, host: Source<unknown>): boolean {
  const needs = (contract: Contract) => contract.needs.some((need) => need.service === service);
  return whole(draft.contracts)
    .filter(({ value }) => needs(value))
    .flatMap(({ value }) => placedOn(draft.hosts, value.name))
    .some((consumer) => consumer.name !== host.name);
}

export const placementRules: readonly Rule[] = [
  checkHostCount,
  checkPlacedServices,
  checkNeedsPlaced,
  checkPorts,
  checkLabels,
];
