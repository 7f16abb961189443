import { cutUrl, readAddress, type Address } from './address';
import { batchBody, readBatch, type BatchItem } from './batch';
import type { Books, Surroundings } from './books';
import { companyById, companyNamed, readCompanies } from './companies';
import { ENTITIES, metadataXml } from './entities';
import type { Entity } from './entity';
import { operate, type Answer, type Environment, type Operation } from './operation';
import { customPage, operatePage, publishedMetadata, publishedPage, unboundAction } from './page-services';
import { guidOf, type Journal } from './records';
import { languageOf, Refusal, refusalAnswer, refuse } from './refusal';
import { operateSubscriptions } from './subscription-routes';
import { cutSegment, readGuid } from './target';
import type { Webhooks } from './webhooks';

/** A request whose body has been read, of an app that was let in. */
export interface Call {
  method: string;
  url: string;
  headers: Readonly<Record<string, string | undefined>>;
  /** The parsed body; undefined where there was none or none that is JSON. */
  body: unknown;
  forbiddenSets: readonly string[];
}

/** Turns calls into answers: what an address means, and what of it is kept. */
export class Routes {
  private refusals = 0;

  constructor(
    private readonly companies: readonly Books[],
    private readonly journal: Journal,
    private readonly webhooks: Webhooks,
    private readonly around: Surroundings,
  ) {}

  /** Answers a call and keeps what it did, unless it was refused or is to be taken back. */
  answer(call: Call, takeBack = false): Answer | Promise<Answer> {
    if (/\/api\/v2\.0\/subscriptions\b/.test(call.url)) return this.subscription(call);
    // Nothing waits between here and the commit, so that no other call comes in between.
    const mark = this.journal.mark();
    const answer = this.attempt(call.headers, () => this.route(call));
    if (takeBack) this.journal.goBack(mark);
    this.journal.commit();
    return answer;
  }

  /** The only work that waits: for the subscriber's handshake. It writes nothing into the books. */
  private async subscription(call: Call): Promise<Answer> {
    try {
      const { segments, options } = this.address(call);
      return await operateSubscriptions(this.webhooks, operationOf(segments, options, call));
    } catch (thrown) {
      if (thrown instanceof Refusal) return this.refused(thrown, call.headers);
      throw thrown;
    }
  }

  refused(refusal: Refusal, headers: Call['headers']): Answer {
    this.refusals += 1;
    const { options } = this.around;
    const language = languageOf(headers['accept-language'], options.userLanguage ?? 'en-US');
    const correlation = guidOf(`correlation|${options.seed ?? 1}|${this.refusals}`);
    return refusalAnswer(refusal, options.refusals ?? {}, language, correlation);
  }

  /** Runs one piece of work; what it refuses is taken back and becomes its answer. */
  private attempt(headers: Call['headers'], work: () => Answer): Answer {
    const mark = this.journal.mark();
    try {
      return work();
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      this.journal.goBack(mark);
      return this.refused(thrown, headers);
    }
  }

  private address(call: Call): Address {
    const { tenant, environment = 'production', customApi } = this.around.options;
    return readAddress(call.url, { tenant, environment, customApi });
  }

  private route(call: Call): Answer {
    const address = this.address(call);
    if (address.service === 'odata') return this.published(address, call);
    if (address.service === 'custom-api') return this.custom(address, call);
    if (address.segments[0] === '$batch') return this.batch(address, call);
    return this.inCompany(address.segments, address.options, address.root, call);
  }

  /** Everything that one request of the API, or one inside a batch, can mean. */
  private inCompany(
    segments: readonly string[],
    options: Address['options'],
    root: string,
    call: Call,
  ): Answer {
    const [first = '', ...rest] = segments;
    const environment = this.environment(root);
    if (first === '')
      return {
        status: 200,
        body: { value: this.sets(environment).map(({ set }) => ({ name: set, url: set })) },
      };
    if (first === '$metadata') {
      return {
        status: 200,
        headers: { 'content-type': 'application/xml' },
        text: metadataXml(environment.has, environment.omitted),
      };
    }
    const { name, key } = cutSegment(first);
    if (name !== 'companies') {
      const books = this.named(options, call.headers);
      return operate(books, operationOf(segments, options, call), environment);
    }
    if (rest.length === 0 || key === null)
      return readCompanies(this.companies, operationOf(segments, options, call));
    return operate(companyById(this.companies, readGuid(key)), operationOf(rest, options, call), environment);
  }

  private batch(address: Address, call: Call): Answer {
    if (call.method !== 'POST') refuse('methodNotAllowed', { method: call.method, set: '$batch' });
    const items = readBatch(
      call.headers['content-type'],
      call.body,
      this.around.options.maxBatchOperations ?? 100,
    );
    const together = /^snapshot$/i.test(call.headers['isolation'] ?? '');
    const mark = this.journal.mark();
    const answers: Answer[] = [];
    for (const item of items) {
      const answer = this.attempt(call.headers, () => this.inside(item, address, call));
      answers.push(answer);
      // Independent requests stand by themselves; those of one transaction wait for the last (B2).
      if (!together) this.journal.commit();
      else if (answer.status >= 400 && this.around.options.snapshotRunsOn === false) break;
    }
    if (together && answers.some(({ status }) => status >= 400)) this.journal.goBack(mark);
    return { status: 200, body: batchBody(items, answers) };
  }

  private inside(item: BatchItem, address: Address, outer: Call): Answer {
    const { segments, options } = cutUrl(item.url.replace(/^(https?:\/\/[^/]+)?.*\/api\/v2\.0\//, ''));
    const headers = {
      ...item.headers,
      'accept-language': item.headers['accept-language'] ?? outer.headers['accept-language'],
    };
    const call = { ...outer, method: item.method, headers, body: item.body };
    return this.inCompany(segments, options, address.root, call);
  }

  private published({ segments, options }: Address, call: Call): Answer {
    const [first = '', second = '', third] = segments;
    if (first === '$metadata') {
      const [books] = this.companies;
      const headers = { 'content-type': 'application/xml' };
      return books ? { status: 200, headers, text: publishedMetadata(books) } : refuse('companyUnknown');
    }
    const company = /^Company\('((?:[^']|'')*)'\)$/.exec(first)?.[1];
    if (company === undefined) {
      if (call.method !== 'POST') refuse('methodNotAllowed', { method: call.method, set: first });
      return unboundAction(this.named(options, call.headers), first, call.body);
    }
    const books = companyNamed(this.companies, company.replaceAll("''", "'"));
    const { name, key } = cutSegment(second);
    const page = publishedPage(books, name);
    if (!page || third !== undefined) return refuse('segmentUnknown', { segment: third ?? name });
    return operatePage(books, page, key, operationOf([name], options, call));
  }

  private custom({ segments, options }: Address, call: Call): Answer {
    const [first = '', second = ''] = segments;
    const { key } = cutSegment(first);
    if (key === null) return readCompanies(this.companies, operationOf(segments, options, call));
    const books = companyById(this.companies, readGuid(key));
    const page = customPage(second);
    if (!page) return refuse('segmentUnknown', { segment: second });
    return operatePage(books, page, null, operationOf([second], options, call));
  }

  private named(options: Address['options'], headers: Call['headers']): Books {
    const option = options.find(([name]) => name.toLowerCase() === 'company')?.[1];
    return companyNamed(this.companies, option ?? headers['company']);
  }

  private sets({ has }: Environment): Entity[] {
    return ENTITIES.filter(has);
  }

  private environment(root: string): Environment {
    const { options, dials } = this.around;
    const omitted = new Set(options.metadataOmit ?? []);
    return {
      has: ({ set, since }) => !omitted.has(set) && since <= (options.version ?? 28),
      omitted,
      pageSize: Math.min(options.pageSize ?? 20_000, 20_000),
      dials,
      root: () => (options.publicUrl ? `${options.publicUrl()}${root}` : ''),
    };
  }
}

function operationOf(segments: readonly string[], options: Address['options'], call: Call): Operation {
  const { method, headers, body, forbiddenSets } = call;
  return { method, segments, options, headers, body, forbiddenSets };
}
