import { request as httpRequest } from 'node:http';
import { z } from 'zod';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import type { NodeMessage, NodeRed, SendValue } from '../runtime/node-red';
import { offerSandbox, withdrawSandbox } from '../runtime/sandbox-link';
import { carryOut } from './carry-out';
import type { Deliver } from './happy-returns/happy-returns-simulator';
import { readSandboxCommand } from './sandbox-commands';
import { startSandboxServer, type SandboxServer } from './sandbox-server';
import { createVendors, type Vendors } from './vendors';

/** help 212644823. */
const BRIGHTPEARL_CALLS_PER_MINUTE = 200;

/** How often the batch jobs of the simulated Dynamics 365 run where nothing is said. */
const JOB_SECONDS = 5;

const configSchema = z.object({
  name: z.string().default(''),
  /** Where the simulated platform sends its webhooks: a path of this Node-RED. */
  path: z.string().default('/returns/happy-returns'),
  brand: z.string().trim().min(1).default('acme-shoes'),
  company: z.string().trim().min(1).default('usrt'),
  seed: z.coerce.number().int().default(1),
  count: z.coerce.number().int().min(1).max(10_000).default(25),
  duplicates: z.coerce.number().min(0).max(100).default(0),
  reorder: z.coerce.number().int().min(1).max(1000).default(1),
  latencyMs: z.coerce.number().min(0).max(60_000).default(0),
  dropShare: z.coerce.number().min(0).max(100).default(0),
  /** Calls a minute that the simulated Brightpearl takes; blank is the vendor's own figure. */
  callsPerMinute: z
    .union([z.literal(''), z.coerce.number().int().min(1).max(100_000)])
    .default('')
    .transform((value) => (value === '' ? BRIGHTPEARL_CALLS_PER_MINUTE : value)),
  /** How often the batch jobs of the simulated Finance & SCM run; 0: only by command. */
  jobSeconds: z.coerce.number().min(0).max(86_400).default(JOB_SECONDS),
  /** The simulated Finance & SCM has no posting service. */
  withoutService: z.boolean().default(false),
});

type SandboxConfig = z.infer<typeof configSchema>;

interface Sandbox {
  server: SandboxServer;
  vendors: Vendors;
}

/** The simulated vendors inside Node-RED, on a loopback port: to rehearse a flow without any account. */
function start(node: NodeContext<SandboxConfig>): NodeBehaviour {
  const { config, status } = node;
  const opening = open(node);
  status.busy('starting');
  opening.then(
    () => status.ok('ready'),
    (thrown: unknown) => {
      status.failed('could not start');
      node.fail(thrown);
    },
  );

  return {
    input: async (message: NodeMessage, reply: (message: SendValue) => void) => {
      const command = readSandboxCommand(message['command'], message['payload']);
      const { vendors } = await opening;
      const { path, count } = config;
      message['payload'] = await carryOut(command, {
        vendors,
        deliver: deliverTo(node),
        path,
        count,
        status,
      });
      reply(message);
    },
    close: async () => {
      withdrawSandbox(node.id);
      await opening.then(
        (sandbox) => sandbox.server.close(),
        () => undefined,
      );
    },
  };
}

async function open({ id, config, signal }: NodeContext<SandboxConfig>): Promise<Sandbox> {
  const vendors = createVendors({
    ...config,
    postingService: !config.withoutService,
    addressOf: (name) => server.baseUrl(name),
  });
  const server = await startSandboxServer(vendors.served.map(({ simulator }) => simulator));
  // A node that was closed meanwhile has nothing to offer, and would keep others from offering it.
  if (signal.aborted) return { server, vendors };
  try {
    for (const { vendor, simulator, account } of vendors.served)
      offerSandbox(id, vendor, { baseUrl: server.baseUrl(simulator.name), account });
  } catch (thrown) {
    await server.close();
    throw thrown;
  }
  return { server, vendors };
}

/** Sends to this Node-RED's own webhook path, over loopback, as the platform would over the internet. */
function deliverTo(node: NodeContext<SandboxConfig>): Deliver {
  const { RED, config } = node;
  const address = RED.server?.address();
  const port = typeof address === 'object' && address !== null ? address.port : (RED.settings.uiPort ?? 1880);
  const host =
    RED.settings.uiHost === undefined || RED.settings.uiHost === '0.0.0.0'
      ? '127.0.0.1'
      : RED.settings.uiHost;
  const root = typeof RED.settings.httpNodeRoot === 'string' ? RED.settings.httpNodeRoot : '/';
  const path = `${root}/${config.path}`.replace(/\/+/g, '/');
  return (body, headers) =>
    new Promise((resolve) => {
      const options = {
        host,
        port,
        path,
        method: 'POST',
        headers: { ...headers, 'content-length': body.length },
      };
      const outgoing = httpRequest(options, (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
        answer.on('error', () => resolve(0));
      });
      outgoing.on('error', () => resolve(0));
      outgoing.end(body);
    });
}

export default function register(RED: NodeRed): void {
  defineNode(RED, { type: 'returns-sandbox', config: configSchema, start });
}
