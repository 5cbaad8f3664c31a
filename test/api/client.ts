// A client in TypeScript, by the types that openapi-typescript generates from the OpenAPI document (api.ts). It is never run: that
// it compiles under the strictest settings says that the document has what a client needs, and that nothing is null that need not be.
import type { components, paths } from './api';

type Holds = paths['/v1/slots/{slot_id}/holds']['post'];
type Hold = Holds['responses'][201]['content']['application/json'];
type Refusal = Holds['responses'][409]['content']['application/problem+json'];
type Payment = paths['/v1/reservations/{reservation_id}/payment']['post']['responses'][201]['content']['application/json'];
type Slots = paths['/v1/events/{event_id}/slots']['get']['responses'][200]['content']['application/json'];
type Problem = components['schemas']['Problem'];

export const bySeats: Holds['requestBody']['content']['application/json'] = { seat_ids: [1, 2] };
export const byQuantity: Holds['requestBody']['content']['application/json'] = { quantity: 2 };

// Nothing here is null when all is well, so no check is asked for.
export const inCents = (hold: Hold): number => hold.amount * 100;
export const until = (hold: Hold): Date => new Date(hold.expires_at);
export const first = (hold: Hold): number | undefined => hold.seat_ids[0];
export const saved = (payment: Payment): number => payment.gross - payment.amount - payment.discount;
export const free = (slots: Slots): number => slots.items.reduce((sum, slot) => sum + slot.seats_free + slot.places_free, 0);
// This may be null, so a client that forgets it does not compile.
// @ts-expect-error a slot without a limit
export const limit = (slots: Slots): number => slots.items[0]!.max_per_user;

// An outcome is one of those that the operation can answer.
export const fine: Hold['outcome'] = 'ok';
export const again = (refusal: Refusal): boolean => refusal.outcome === 'seat_busy';
export const taken = (refusal: Refusal): number[] => (refusal.outcome === 'seat_taken' ? (refusal.refused_seat_ids ?? []) : []);
// @ts-expect-error a hold is not paid
export const never: Refusal['outcome'] = 'insufficient_balance';
export const short = (problem: Problem): number => problem.balance ?? 0;
export const claim = (problem: Problem): number => problem.claim_id ?? 0;

// What the live channels send.
export const heard = (data: string): components['schemas']['SeatsChanged'] => JSON.parse(data);
