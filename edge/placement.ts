// edge/placement: where in the world the objects of sessions and profiles are, as the deployment is configured.

/** What wrangler.jsonc says of it; "" where the platform chooses. */
export interface PlacementSettings {
  JURISDICTION: string; // "eu": objects are stored and run there alone
  LOCATION_HINT: string; // of the regions that Cloudflare names, e.g. "weur": new objects are put near it where they can be
}

/** A namespace of objects, and how one of them is reached. */
export function placeOf(
  namespace: DurableObjectNamespace,
  { JURISDICTION, LOCATION_HINT }: PlacementSettings,
) {
  return {
    namespace: JURISDICTION
      ? namespace.jurisdiction(JURISDICTION as DurableObjectJurisdiction)
      : namespace,
    options: LOCATION_HINT
      ? { locationHint: LOCATION_HINT as DurableObjectLocationHint }
      : undefined,
  };
}
