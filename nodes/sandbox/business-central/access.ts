import type { SimulatedRequest, SimulatedResponse } from '../simulator';
import { TokenOffice } from '../d365/token';
import { Limits } from './limits';
import type {
  BusinessCentralClient,
  BusinessCentralDials,
  BusinessCentralSimulatorOptions,
} from './simulator-types';

/** What a token must be asked for (B1); one for another resource is not accepted. */
const AUDIENCE = 'https://api.businesscentral.dynamics.com';

interface App {
  client: Required<BusinessCentralClient>;
  office: TokenOffice;
  limits: Limits;
}

/** The apps that may call, with their tokens, their cards in Business Central and their limits. */
export class Access {
  private readonly apps: App[];
  private readonly foreignTokens = new Set<string>();

  constructor(options: BusinessCentralSimulatorOptions, dials: BusinessCentralDials, now: () => number) {
    const { clientId, clientSecret, otherClients = [] } = options;
    this.apps = [{ clientId, clientSecret }, ...otherClients].map((client: BusinessCentralClient) => ({
      client: { enabled: true, forbiddenSets: [], ...client },
      office: new TokenOffice(
        options.tenant,
        client.clientId,
        client.clientSecret,
        options.tokenLifetimeSeconds ?? 3599,
        now,
      ),
      limits: new Limits(dials, now),
    }));
  }

  /** Microsoft Entra's token endpoint: it issues tokens for other resources as well. */
  issue(request: SimulatedRequest): SimulatedResponse {
    const form = new URLSearchParams(request.body.toString());
    const app = this.apps.find(({ client }) => client.clientId === form.get('client_id')) ?? this.apps[0];
    if (!app) throw new Error('The simulator has no app');
    const answer = app.office.issue(request.url, request.body.toString());
    const asked = form.get('scope')?.replace(/\/\.default$/, '') ?? form.get('resource');
    if (answer.status === 200 && asked !== AUDIENCE) {
      const { access_token: token } = JSON.parse(String(answer.body)) as { access_token: string };
      this.foreignTokens.add(token);
    }
    return answer;
  }

  /** The app that a call is from; null where it is not let in. */
  appOf(authorization: string | undefined): App | null {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
    if (this.foreignTokens.has(token)) return null;
    const app = this.apps.find(({ office }) => office.accepts(authorization));
    // A token is not enough: the app needs a card that is enabled (B1).
    return app?.client.enabled === true ? app : null;
  }

  expireAll(): void {
    for (const { office } of this.apps) office.expireAll();
  }

  set(clientId: string, access: Pick<BusinessCentralClient, 'enabled' | 'forbiddenSets'>): void {
    const app = this.apps.find(({ client }) => client.clientId === clientId);
    if (!app) throw new Error(`The simulator has no app ${clientId}`);
    Object.assign(app.client, access);
  }
}
