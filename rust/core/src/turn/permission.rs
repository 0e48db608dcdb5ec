//! Permissions (RFC 8656 §9): which addresses may send to an allocation, and be sent to.

use std::net::IpAddr;

use super::policy::Reach;
use super::time::Now;

#[derive(Clone, Copy, Debug)]
struct Permission {
    ip: IpAddr,
    reach: Reach,
    expires_ms: u64,
}

/// One allocation's permissions, sorted by address: few, so this is small, and faster to search than a map.
#[derive(Debug, Default)]
pub(super) struct Permissions(Vec<Permission>);

impl Permissions {
    /// What may be reached at `ip`; None: no permission, or one that has expired.
    pub(super) fn reach(&self, now: Now, ip: IpAddr) -> Option<Reach> {
        let at = self.place(ip).ok()?;
        let permission = &self.0[at];
        (now.ms < permission.expires_ms).then_some(permission.reach)
    }

    /// How many there would be with these as well.
    pub(super) fn len_with(&mut self, now: Now, ips: impl Iterator<Item = IpAddr>) -> usize {
        self.0.retain(|permission| now.ms < permission.expires_ms);
        // The same new address twice counts twice: the bound errs on the small side.
        self.0.len() + ips.filter(|ip| self.place(*ip).is_err()).count()
    }

    pub(super) fn install(&mut self, ip: IpAddr, reach: Reach, expires_ms: u64) {
        let permission = Permission { ip, reach, expires_ms };
        match self.place(ip) {
            Ok(at) => self.0[at] = permission,
            Err(at) => self.0.insert(at, permission),
        }
    }

    pub(super) fn drop_family(&mut self, is_ipv4: bool) {
        self.0.retain(|permission| permission.ip.is_ipv4() != is_ipv4);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn place(&self, ip: IpAddr) -> Result<usize, usize> {
        self.0.binary_search_by(|permission| permission.ip.cmp(&ip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_for_an_address_and_a_time() {
        let mut permissions = Permissions::default();
        let ips: Vec<IpAddr> = (1..9).map(|last| IpAddr::from([192, 0, 2, last])).collect();
        for ip in ips.iter().rev() {
            permissions.install(*ip, Reach::Anything, 1000);
        }
        permissions.install(ips[3], Reach::Anything, 2000);
        let at = |ms| Now { ms, unix_s: 0 };
        assert!(ips.iter().all(|ip| permissions.reach(at(999), *ip) == Some(Reach::Anything)));
        assert_eq!(ips.iter().filter(|ip| permissions.reach(at(1000), **ip).is_some()).count(), 1);
        assert_eq!(permissions.reach(at(0), IpAddr::from([192, 0, 2, 99])), None);
        assert_eq!(permissions.len_with(at(1000), ips.into_iter()), 8);
        assert_eq!(permissions.len(), 1);
        permissions.drop_family(true);
        assert_eq!(permissions.len(), 0);
    }
}
