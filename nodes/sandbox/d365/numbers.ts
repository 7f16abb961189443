/** The number sequences: each has its own, and a number that was drawn is never drawn again (D1, item 3). */
export class Numbers {
  private readonly next = new Map<string, number>();

  returnOrder(): string {
    return this.draw('', 1624, 6);
  }

  rma(): string {
    return this.draw('RMA', 412, 5).slice(3);
  }

  lot(): string {
    return this.draw('L-', 9001, 7);
  }

  arrivalJournal(): string {
    return this.draw('ARJ-', 311, 6);
  }

  packingSlip(): string {
    return this.draw('PS-', 501, 6);
  }

  creditNote(): string {
    return this.draw('CN-', 871, 6);
  }

  voucher(): string {
    return this.draw('VCH-', 4001, 6);
  }

  salesOrder(): string {
    return this.draw('SO-9', 1, 5);
  }

  quarantineOrder(): string {
    return this.draw('QO-', 71, 6);
  }

  paymentJournal(): string {
    return this.draw('PAY-', 101, 6);
  }

  settlement(): string {
    return this.draw('SET-', 1, 6);
  }

  record(): number {
    return Number(this.draw('REC', 5_637_144_577, 10).slice(3));
  }

  private draw(prefix: string, first: number, digits: number): string {
    const number = this.next.get(prefix) ?? first;
    this.next.set(prefix, number + 1);
    return `${prefix}${String(number).padStart(digits, '0')}`;
  }
}
