/** Units by product and location. A location never goes below zero. */
export class Stock {
  private readonly held = new Map<number, Map<number, number>>();

  at(productId: number, locationId: number): number {
    return this.held.get(productId)?.get(locationId) ?? 0;
  }

  /** Adds units, or takes them away; the caller has looked that there are enough. */
  move(productId: number, locationId: number, units: number): void {
    const after = this.at(productId, locationId) + units;
    if (after < 0)
      throw new Error(`Stock of product ${productId} in location ${locationId} would be ${after}`);
    const locations = this.held.get(productId) ?? new Map<number, number>();
    locations.set(locationId, after);
    this.held.set(productId, locations);
  }

  entries(): { productId: number; locationId: number; units: number }[] {
    return [...this.held].flatMap(([productId, locations]) =>
      [...locations].map(([locationId, units]) => ({ productId, locationId, units })),
    );
  }
}
